#include "tools/demo/demo_writer.h"

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tools/demo/added_package.h"

namespace contrail::tool {

std::string AcknowledgementPath(const std::string& folder, uint32_t writer) {
  return absl::StrCat(folder, "/acknowledged-", writer);
}

int64_t LastAcknowledged(const std::string& folder, uint32_t writer) {
  const std::string path = AcknowledgementPath(folder, writer);
  std::error_code problem;
  const uintmax_t size = std::filesystem::file_size(path, problem);
  if (problem || size < sizeof(int64_t)) return 0;
  std::ifstream file(path, std::ios::binary);
  file.seekg(
      static_cast<std::streamoff>(size / sizeof(int64_t) * sizeof(int64_t) - sizeof(int64_t)));
  int64_t number = 0;
  file.read(reinterpret_cast<char*>(&number), sizeof number);
  return file.good() ? number : 0;
}

Result<std::unique_ptr<DemoWriter>> DemoWriter::Open(JetEngine& engine, const std::string& folder,
                                                     const std::string& outside, uint32_t writer,
                                                     int32_t packages) {
  std::unique_ptr<DemoWriter> made(new DemoWriter);
  made->writer_ = writer;
  made->loaded_packages_ = packages;
  ASSIGN_OR_RETURN(made->session_, JetSession::Open(engine, folder + "/" + kDemoDatabase));
  ASSIGN_OR_RETURN(made->packages_, PackagesTable::Open(*made->session_));
  ASSIGN_OR_RETURN(made->accounts_, AccountsTable::Open(*made->session_));
  ASSIGN_OR_RETURN(made->ledger_, LedgerTable::Open(*made->session_));
  ASSIGN_OR_RETURN(made->writers_, WritersTable::Open(*made->session_));
  RETURN_IF_ERROR(made->writers_.table.Seek(static_cast<int32_t>(writer)));
  ASSIGN_OR_RETURN(made->counter_, made->writers_.table.GetNumber<int64_t>(made->writers_.counter));
  const std::string path = AcknowledgementPath(outside, writer);
  made->acknowledgements_ = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (made->acknowledgements_ < 0) return Error::kFileAccessDenied;
  return made;
}

DemoWriter::~DemoWriter() {
  if (acknowledgements_ >= 0) close(acknowledgements_);
}

Status DemoWriter::Run(const std::atomic<bool>& stop) {
  while (!stop) {
    const TransactionPlan plan = PlanTransaction(writer_, counter_ + 1, loaded_packages_);
    const Status status = TryTransaction(plan);
    if (status.Is(Error::kWriteConflict)) {
      ++conflicts_;
      continue;
    }
    RETURN_IF_ERROR(status);
    ++counter_;
    RETURN_IF_ERROR(Acknowledge(counter_));
  }
  return Status::Ok();
}

Status DemoWriter::TryTransaction(const TransactionPlan& plan) {
  RETURN_IF_ERROR(session_->Begin());
  Status status = Change(plan);
  if (status.ok()) status = session_->CommitDurably();
  if (status.ok()) return status;
  for (const JetTable* table :
       {&packages_.table, &accounts_.table, &ledger_.table, &writers_.table}) {
    // Most have no update prepared, which is an error.
    JetPrepareUpdate(session_->handle(), table->handle(), JET_prepCancel);
  }
  session_->Rollback();
  return status;
}

Status DemoWriter::Change(const TransactionPlan& plan) {
  // Whoever is second at an account waits for nothing: the first updater wins.
  RETURN_IF_ERROR(AddToAccount(plan.from, -plan.amount));
  RETURN_IF_ERROR(AddToAccount(plan.to, plan.amount));
  RETURN_IF_ERROR(ChangePackages(plan));
  RETURN_IF_ERROR(WriteLedger(plan));
  RETURN_IF_ERROR(writers_.table.Seek(static_cast<int32_t>(writer_)));
  RETURN_IF_ERROR(writers_.table.Prepare(JET_prepReplace));
  RETURN_IF_ERROR(writers_.table.SetNumber(writers_.counter, plan.number));
  return writers_.table.Update();
}

Status DemoWriter::AddToAccount(int32_t account, int64_t amount) {
  RETURN_IF_ERROR(accounts_.table.Seek(account));
  RETURN_IF_ERROR(accounts_.table.Prepare(JET_prepReplace));
  ASSIGN_OR_RETURN(const int64_t balance, accounts_.table.GetNumber<int64_t>(accounts_.balance));
  RETURN_IF_ERROR(accounts_.table.SetNumber(accounts_.balance, balance + amount));
  return accounts_.table.Update();
}

Status DemoWriter::WriteLedger(const TransactionPlan& plan) {
  RETURN_IF_ERROR(ledger_.table.Prepare(JET_prepInsert));
  RETURN_IF_ERROR(ledger_.table.SetNumber(ledger_.writer, static_cast<int32_t>(writer_)));
  RETURN_IF_ERROR(ledger_.table.SetNumber(ledger_.number, plan.number));
  RETURN_IF_ERROR(ledger_.table.SetNumber(ledger_.from, plan.from));
  RETURN_IF_ERROR(ledger_.table.SetNumber(ledger_.to, plan.to));
  RETURN_IF_ERROR(ledger_.table.SetNumber(ledger_.amount, plan.amount));
  RETURN_IF_ERROR(ledger_.table.Update());
  if (plan.deleted_entry == 0) return Status::Ok();
  RETURN_IF_ERROR(ledger_.table.Seek(static_cast<int32_t>(writer_), plan.deleted_entry));
  return ledger_.table.Delete();
}

Status DemoWriter::ChangePackages(const TransactionPlan& plan) {
  RETURN_IF_ERROR(packages_.table.Seek(plan.visited));
  RETURN_IF_ERROR(packages_.table.Prepare(JET_prepReplace));
  ASSIGN_OR_RETURN(const int32_t visits, packages_.table.GetNumber<int32_t>(packages_.visits));
  RETURN_IF_ERROR(packages_.table.SetNumber(packages_.visits, visits + 1));
  RETURN_IF_ERROR(packages_.table.Update());
  if (plan.added != 0) {
    RETURN_IF_ERROR(packages_.Insert(plan.added, MakeAddedPackage(plan)->package));
  }
  if (plan.deleted_package == 0) return Status::Ok();
  RETURN_IF_ERROR(packages_.table.Seek(plan.deleted_package));
  return packages_.table.Delete();
}

Status DemoWriter::Acknowledge(int64_t number) {
  const ssize_t written = write(acknowledgements_, &number, sizeof number);
  return written == sizeof number ? Status::Ok() : Status(Error::kDiskFull);
}

}  // namespace contrail::tool
