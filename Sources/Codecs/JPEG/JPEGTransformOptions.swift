// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// What ``transform(_:options:policy:diagnostics:)`` does to a file without decoding its samples.
  public struct TransformOptions: Sendable, Hashable {
    public enum Operation: String, Sendable, Hashable, CaseIterable {
      case none
      case flipHorizontally = "flip-horizontal"
      case flipVertically = "flip-vertical"
      /// Mirrors at the diagonal from the upper left.
      case transpose
      /// Mirrors at the diagonal from the upper right.
      case transverse
      /// Turns clockwise.
      case rotate90 = "rotate-90"
      case rotate180 = "rotate-180"
      case rotate270 = "rotate-270"
    }

    /// Metadata segments to keep.
    public enum Kept: String, Sendable, Hashable, CaseIterable { case all, comments, none }

    public var operation = Operation.none
    /// What of the result to keep; grows to the left and up to the next MCU.
    public var crop: Region?
    /// Whether only the luminance of a YCbCr image stays.
    public var isGrey = false
    /// Whether MCUs at an edge that are not whole, and so cannot be mirrored, are cut off; else they
    /// stay where they are.
    public var trims = false
    /// Whether an image with such MCUs is refused.
    public var isPerfect = false
    public var kept = Kept.all
    public var isProgressive = false
    /// The scans of a progressive file; `nil` is libjpeg's script.
    public var scans: [ScanStep]?
    public var optimizesCodes = false
    /// Whether the result is arithmetic-coded, which few programs read, instead of Huffman-coded.
    public var isArithmetic = false
    /// MCUs between restart markers; 0 for none.
    public var restartInterval = 0
    /// Rows of MCUs between restart markers; wins over ``restartInterval`` unless 0.
    public var restartRows = 0

    public init() {}
  }
}

extension JPEG.TransformOptions.Operation {
  /// Whether rows become columns, before any mirroring.
  var transposes: Bool {
    self == .transpose || self == .transverse || self == .rotate90 || self == .rotate270
  }
  var mirrorsAcross: Bool {
    self == .flipHorizontally || self == .rotate90 || self == .rotate180 || self == .transverse
  }
  var mirrorsDown: Bool {
    self == .flipVertically || self == .rotate270 || self == .rotate180 || self == .transverse
  }
}

extension JPEG.TransformOptions: FormatOptions {
  public static var options: [OptionInfo] {
    [
      OptionInfo(
        "operation",
        "none, flip-horizontal, flip-vertical, transpose, transverse, rotate-90, -180, -270"),
      OptionInfo("crop", "WIDTHxHEIGHT+X+Y of the result; grows to the left and up to whole MCUs"),
      OptionInfo("grey", "true: only the luminance stays"),
      OptionInfo("trim", "true: cut MCUs off that are not whole and so cannot be mirrored"),
      OptionInfo("perfect", "true: refuse images with such MCUs"),
      OptionInfo("keep", "all, comments or none of the metadata; all"),
      OptionInfo("progressive", "true: several scans of growing precision; false"),
      OptionInfo("optimize", "true: Huffman codes made for the image; false"),
      OptionInfo("arithmetic", "true: arithmetic coding, which few programs read; false"),
      OptionInfo("restart_marker_blocks", "MCUs between restart markers; 0, none"),
      OptionInfo("restart_marker_rows", "rows of MCUs between restart markers; 0, none"),
    ]
  }

  public mutating func set(_ name: String, to value: MetadataValue) throws(CodecError) {
    func flag(_ part: CodecError.Name) throws(CodecError) -> Bool {
      guard let flag = value.boolValue else {
        throw JPEG.invalidArgument(part, "must be true or false")
      }
      return flag
    }
    func count(_ part: CodecError.Name) throws(CodecError) -> Int {
      guard let count = value.intValue, (0...65_535).contains(count) else {
        throw JPEG.invalidArgument(part, "must be 0 to 65535")
      }
      return count
    }
    switch name {
    case "operation":
      guard let operation = Operation(rawValue: value.stringValue ?? "") else {
        throw JPEG.invalidArgument("operation", "unknown operation")
      }
      self.operation = operation
    case "crop": crop = try Self.region(value)
    case "grey": isGrey = try flag("grey")
    case "trim": trims = try flag("trim")
    case "perfect": isPerfect = try flag("perfect")
    case "keep":
      guard let kept = Kept(rawValue: value.stringValue ?? "") else {
        throw JPEG.invalidArgument("keep", "must be all, comments or none")
      }
      self.kept = kept
    case "progressive": isProgressive = try flag("progressive")
    case "optimize": optimizesCodes = try flag("optimize")
    case "arithmetic": isArithmetic = try flag("arithmetic")
    case "restart_marker_blocks": restartInterval = try count("restart_marker_blocks")
    case "restart_marker_rows": restartRows = try count("restart_marker_rows")
    default: throw Self.unknownOption(JPEG.name)
    }
  }

  /// A rectangle written as `20x10+5+7`.
  private static func region(_ value: MetadataValue) throws(CodecError) -> Region {
    let parts = (value.stringValue ?? "").split(
      omittingEmptySubsequences: false, whereSeparator: { $0 == "x" || $0 == "+" })
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == 4, parts.count == 4 else {
      throw JPEG.invalidArgument("crop", "must be WIDTHxHEIGHT+X+Y")
    }
    return Region(x: numbers[2], y: numbers[3], width: numbers[0], height: numbers[1])
  }
}
