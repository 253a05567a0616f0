// The layouts as a C++ compiler sees them; compiling the includes is most of the test.

#include <gtest/gtest.h>

#include "tests/api/layout_data.h"
#include "tests/api/layout_database.h"
#include "tests/api/layout_information.h"
#include "tests/api/layout_instance.h"
#include "tests/api/layout_schema.h"

namespace {

TEST(LayoutTest, BitFieldsLieInTheBytesThatTheFormatNames) {
  JET_LOGTIME time = {};
  time.bFiller1 = static_cast<char>(0xFF);
  EXPECT_EQ(time.fTimeIsUTC, 1);
  EXPECT_EQ(time.bMillisecondsLow, 127);
  time.bFiller1 = 1;
  EXPECT_EQ(time.bMillisecondsLow, 0);
  time.bFiller2 = 0b0110;
  EXPECT_EQ(time.bMillisecondsHigh, 3);
  EXPECT_EQ(time.fReserved, 0);

  JET_BKLOGTIME backup_time = {};
  backup_time.bFiller2 = 1;
  EXPECT_EQ(backup_time.fOSSnapshot, 1);
}

TEST(LayoutTest, ASingleEnumeratedValueOverlapsTheArrayOfMany) {
  JET_ENUMCOLUMN column = {};
  column.cbData = 7;
  EXPECT_EQ(column.cEnumColumnValue, 7u);
}

}  // namespace
