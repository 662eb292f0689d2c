// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// The second byte of a marker, after `FF`. Source: T.81 table B.1.
  public struct Marker: RawRepresentable, Sendable, Hashable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static var tem: Marker { Marker(rawValue: 0x01) }
    public static var dht: Marker { Marker(rawValue: 0xC4) }
    public static var jpg: Marker { Marker(rawValue: 0xC8) }
    public static var dac: Marker { Marker(rawValue: 0xCC) }
    public static var soi: Marker { Marker(rawValue: 0xD8) }
    public static var eoi: Marker { Marker(rawValue: 0xD9) }
    public static var sos: Marker { Marker(rawValue: 0xDA) }
    public static var dqt: Marker { Marker(rawValue: 0xDB) }
    public static var dnl: Marker { Marker(rawValue: 0xDC) }
    public static var dri: Marker { Marker(rawValue: 0xDD) }
    public static var dhp: Marker { Marker(rawValue: 0xDE) }
    public static var exp: Marker { Marker(rawValue: 0xDF) }
    public static var com: Marker { Marker(rawValue: 0xFE) }
    /// APPn, `n` in `0..<16`.
    public static func app(_ n: Int) -> Marker {
      Marker(rawValue: 0xE0 | UInt8(truncatingIfNeeded: n & 15))
    }
    /// RSTm, `m` modulo 8.
    public static func rst(_ m: Int) -> Marker {
      Marker(rawValue: 0xD0 | UInt8(truncatingIfNeeded: m & 7))
    }

    /// The `m` of RSTm.
    public var restartNumber: Int? {
      rawValue & 0xF8 == 0xD0 ? Int(rawValue & 7) : nil
    }
    /// The `n` of APPn.
    public var applicationNumber: Int? {
      rawValue & 0xF0 == 0xE0 ? Int(rawValue & 15) : nil
    }
    /// The process, when this marker starts a frame header.
    public var process: Process? { Process(rawValue: rawValue) }
    /// Whether the segment says nothing that decoding needs.
    var isSkippable: Bool { self == .com || applicationNumber != nil }
    /// Whether a decoder knows what to do with it.
    var isKnown: Bool {
      isSkippable || process != nil || standsAlone
        || [.dqt, .dht, .dac, .dri, .sos, .dnl].contains(self)
    }
    /// Whether no length and no parameters follow.
    public var standsAlone: Bool {
      restartNumber != nil || self == .soi || self == .eoi || self == .tem
    }
  }

  /// What a frame header's marker says about the coding of the frame.
  /// Source: T.81 table B.1.
  public enum Process: UInt8, Sendable, Hashable, CaseIterable {
    case baseline = 0xC0
    case extended = 0xC1
    case progressive = 0xC2
    case lossless = 0xC3
    case differential = 0xC5
    case differentialProgressive = 0xC6
    case differentialLossless = 0xC7
    case arithmetic = 0xC9
    case arithmeticProgressive = 0xCA
    case arithmeticLossless = 0xCB
    case arithmeticDifferential = 0xCD
    case arithmeticDifferentialProgressive = 0xCE
    case arithmeticDifferentialLossless = 0xCF

    /// The process of a frame of coefficients.
    ///
    /// - Parameter isExtended: whether something is beyond baseline's limits.
    init(isProgressive: Bool, isArithmetic: Bool, isExtended: Bool) {
      self =
        switch (isProgressive, isArithmetic) {
        case (false, false): isExtended ? .extended : .baseline
        case (true, false): .progressive
        case (false, true): .arithmetic
        case (true, true): .arithmeticProgressive
        }
    }

    public var marker: Marker { Marker(rawValue: rawValue) }
    public var isArithmetic: Bool { rawValue & 8 != 0 }
    public var isProgressive: Bool { rawValue & 3 == 2 }
    public var isLossless: Bool { rawValue & 3 == 3 }
    /// Whether the frame is one of a hierarchical sequence.
    public var isHierarchical: Bool { rawValue & 4 != 0 }
  }
}

extension JPEG.Marker: CustomStringConvertible {
  /// The standard's name, e.g. `"SOF0"`.
  public var description: String {
    if let process { return "SOF\(process.rawValue & 15)" }
    if let restartNumber { return "RST\(restartNumber)" }
    if let applicationNumber { return "APP\(applicationNumber)" }
    switch self {
    case .tem: return "TEM"
    case .dht: return "DHT"
    case .jpg: return "JPG"
    case .dac: return "DAC"
    case .soi: return "SOI"
    case .eoi: return "EOI"
    case .sos: return "SOS"
    case .dqt: return "DQT"
    case .dnl: return "DNL"
    case .dri: return "DRI"
    case .dhp: return "DHP"
    case .exp: return "EXP"
    case .com: return "COM"
    default: return rawValue & 0xF0 == 0xF0 ? "JPG\(rawValue & 15)" : "RES"
    }
  }
}
