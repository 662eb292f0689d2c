// SPDX-License-Identifier: Apache-2.0

/// A set of at most 256 colours, with the place of each.
struct ColorTable {
  private(set) var colors: [UInt32] = []
  /// Number of the colour that hashes here, plus 1.
  private var slots = [UInt16](repeating: 0, count: 1024)

  /// `false` when the colour is new and there are 256 others.
  mutating func insert(_ color: UInt32) -> Bool {
    let slot = slot(color)
    if slots[slot] > 0 { return true }
    guard colors.count < 256 else { return false }
    colors.append(color)
    slots[slot] = UInt16(colors.count)
    return true
  }

  /// The number of a colour; `nil` when it was not inserted.
  func number(_ color: UInt32) -> UInt8? {
    let number = slots[slot(color)]
    return number > 0 ? UInt8(number - 1) : nil
  }

  private func slot(_ color: UInt32) -> Int {
    var slot = Int((color &* 0x9E37_79B1) >> 22)
    // There are more slots than colours, so that an empty one comes.
    while slots[slot] > 0, colors[Int(slots[slot]) - 1] != color { slot = (slot + 1) & 1023 }
    return slot
  }
}
