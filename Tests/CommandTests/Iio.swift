// SPDX-License-Identifier: Apache-2.0

import TestSupport

/// The `iio` command as a user runs it.
func iio(
  _ arguments: String..., input: [UInt8] = [], environment: [String: String] = [:]
) throws -> ChildProcess {
  try ChildProcess(
    ChildProcess.buildFolder + "/iio", arguments, input: input, environment: environment)
}
