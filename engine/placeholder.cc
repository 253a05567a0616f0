// Keeps the floor's library from being empty until its first file arrives.
