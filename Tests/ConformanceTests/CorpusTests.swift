// SPDX-License-Identifier: Apache-2.0

import IIO
import TestSupport
import Testing

/// Every file of the corpus that a registered format reads, against the reference decoders.
@Suite(.enabled(if: Corpus.folder != nil))
struct CorpusTests {
  static let folders = FormatManager.standard.formats
    .filter { $0 is any ReadableFormat.Type }
    .map { $0.formatName.lowercased() }

  /// Files whose only reference is wrong: imagecodecs 2026.3.6 takes the low byte of bit fields that
  /// are wider than 8 bits. Ours are judged by bmpsuite's own references instead.
  ///
  /// The only reference of two textures is Pillow, which rounds what BC1 mixes in another way than
  /// imagecodecs; the same blocks under another name are judged by both.
  static let misjudged: Set<String> = [
    "bmp/image-rs/rgba16-1924.bmp", "dds/pillow/bc1.dds", "dds/pillow/bc1_typeless.dds",
  ]

  @Test(arguments: folders)
  func validFilesDecodeToTheReferencePixels(folder: String) {
    for entry in Corpus.entries(under: folder) where entry.category == "valid" {
      guard entry.isDecodable, let bytes = Corpus.read(entry.path) else { continue }
      // Archives of several arrays lie beside the arrays.
      guard !Self.misjudged.contains(entry.path), !entry.path.hasSuffix(".npz") else { continue }
      do throws(IIOError) {
        let hash = try pixelHash(Bytes(bytes), name: entry.path)
        let isSame = entry.accepted.contains(hash)
        #expect(isSame, "\(entry.path) differs from the reference")
      } catch {
        Issue.record("\(entry.path): \(error)")
      }
    }
  }

  @Test(arguments: folders)
  func damagedFilesEndInATypedErrorOrInPixels(folder: String) {
    for entry in Corpus.entries(under: folder) where entry.category != "valid" {
      guard let bytes = Corpus.read(entry.path) else { continue }
      for leniency in [DecodePolicy.Leniency.strict, .standard, .salvage] {
        // The point is to come back at all; what comes back is judged by the tests above.
        _ = try? pixelHash(Bytes(bytes), name: entry.path, leniency: leniency)
      }
    }
  }

  /// A sound file is explained byte by byte, without gaps and without overlaps.
  @Test(arguments: folders)
  func everyByteOfAValidFileIsClaimedOnce(folder: String) throws {
    for entry in Corpus.entries(under: folder) where entry.category == "valid" {
      guard entry.isDecodable, let bytes = Corpus.read(entry.path) else { continue }
      let outline = try imoutline(.bytes(Bytes(bytes)), extension: folder)
      #expect(outline.unclaimed == [], "\(entry.path)")
      #expect(outline.overlaps == [], "\(entry.path)")
    }
  }

  /// What improps says is what imread returns.
  @Test(arguments: folders)
  func propertiesAgreeWithTheArray(folder: String) throws {
    for entry in Corpus.entries(under: folder) where entry.category == "valid" {
      guard entry.isDecodable, let bytes = Corpus.read(entry.path) else { continue }
      for index in [ImageIndex.automatic, .at(0), .all] {
        let source = Resource.bytes(Bytes(bytes))
        guard let image = try? imread(source, index: index, extension: folder) else { continue }
        let properties = try improps(source, index: index, extension: folder)
        #expect(
          properties.shape == image.shape && properties.dtype == image.dtype, "\(entry.path)")
      }
    }
  }
}

private func pixelHash(
  _ bytes: Bytes, name: String, leniency: DecodePolicy.Leniency = .standard
) throws(IIOError) -> String {
  var file = try imopen(
    .bytes(bytes), .read, extension: Resource(name).fileExtension,
    policy: DecodePolicy(leniency: leniency))
  var hash = SHA256()
  while let image = try file.next() { hash.update(image.bytes) }
  return hash.hexDigest()
}
