// SPDX-License-Identifier: Apache-2.0

extension PNG.Info {
  /// The metadata under imageio's names.
  func metadata(
    _ prologue: PNG.Prologue, options: PNG.ReadOptions, excludingApplied: Bool
  ) -> Metadata {
    var fields = Metadata()
    return fields
  }
}
