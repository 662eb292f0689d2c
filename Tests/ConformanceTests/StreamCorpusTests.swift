// SPDX-License-Identifier: Apache-2.0

import Codecs
import Testing

/// Every byte stream of the corpus, against what the reference decoders gave.
@Suite(.enabled(if: Corpus.folder != nil))
struct StreamCorpusTests {
  @Test(arguments: [Deflate.Wrapper.raw, .zlib, .gzip])
  func streamsDecodeToTheReferenceBytesOrAreRefusedAsThere(wrapper: Deflate.Wrapper) {
    let folder =
      switch wrapper {
      case .raw: "deflate"
      case .zlib: "zlib"
      case .gzip: "gzip"
      }
    let entries = Corpus.entries(under: folder)
    #expect(!entries.isEmpty)
    for entry in entries {
      guard let bytes = Corpus.read(entry.path) else { continue }
      do throws(CodecError) {
        let decoded =
          switch wrapper {
          case .raw: try Deflate.decode(bytes.rawSpan)
          case .zlib: try Zlib.decode(bytes.rawSpan)
          case .gzip: try Gzip.decode(bytes.rawSpan)
          }
        var hash = SHA256()
        hash.update(decoded)
        let isSame = entry.accepted.contains(hash.hexDigest())
        #expect(isSame, "\(entry.path) differs from the reference")
      } catch {
        #expect(!entry.isDecodable, "\(entry.path): \(error)")
      }
    }
  }
}
