// SPDX-License-Identifier: Apache-2.0

public import Codecs

/// What one format can do: a row of `iio formats` and of the README's table.
public struct FormatAbilities: Sendable, Hashable {
  public var name: String
  public var summary: String
  public var fileExtensions: [String]
  public var canRead: Bool
  public var canWrite: Bool
  public var canWriteSeveral: Bool
  public var canOutline: Bool
  public var readOptions: [OptionInfo]
  public var writeOptions: [OptionInfo]

  public init(_ format: any ImageFormat.Type) {
    name = format.formatName
    summary = format.summary
    fileExtensions = format.fileExtensions
    let readable = format as? any ReadableFormat.Type
    let writable = format as? any WritableFormat.Type
    canRead = readable != nil
    canWrite = writable != nil
    canWriteSeveral = writable?.canWriteSeveral ?? false
    canOutline = format is any OutlinedFormat.Type
    readOptions = readable.map { Self.readOptions($0) } ?? []
    writeOptions = writable.map { Self.writeOptions($0) } ?? []
  }

  private static func readOptions<F: ReadableFormat>(_: F.Type) -> [OptionInfo] {
    F.ReadOptions.options
  }
  private static func writeOptions<F: WritableFormat>(_: F.Type) -> [OptionInfo] {
    F.WriteOptions.options
  }
}
