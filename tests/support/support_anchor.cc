// Gives the support library one object while no other source of it exists on a platform.
namespace contrail::testing {
int SupportAnchor() { return 0; }
}  // namespace contrail::testing
