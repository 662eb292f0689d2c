// SPDX-License-Identifier: Apache-2.0

import IIO
import Testing

/// Streams of the byte codecs and filters in the corpus that no file format has around it.
@Suite(.enabled(if: Corpus.folder != nil))
struct CodecCorpusTests {
  private func hash(_ bytes: [UInt8]) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.hexDigest()
  }

  @Test(arguments: ["bricks-dither", "bricks-gray", "bricks-nodither"])
  func theCodesOfGIFImagesAreTheirIndices(name: String) throws {
    let stream = try #require(Corpus.read("lzw/wuffs-gif/\(name).indexes.giflzw"))
    let indices = try #require(Corpus.read("lzw/wuffs-gif/\(name).indexes"))
    // The first byte is the minimum code size.
    let options = LZW.DecodeOptions(variant: .gif(minimumCodeSize: Int(stream[0])))
    let decoded = try LZW.decode(Array(stream.dropFirst()), options: options)
    #expect(decoded == indices)
    let encoded = try LZW.encode(indices, options: .init(variant: .gif(minimumCodeSize: 8)))
    let isSmall = encoded.count <= stream.count * 101 / 100
    #expect(isSmall)
    #expect(try LZW.decode(encoded, options: options) == indices)
  }

  @Test func aLongTextInTheCodesOfGIF() throws {
    let stream = try #require(Corpus.read("lzw/wuffs-gif/pi.txt.giflzw"))
    let options = LZW.DecodeOptions(variant: .gif(minimumCodeSize: Int(stream[0])))
    let decoded = try LZW.decode(Array(stream.dropFirst()), options: options)
    #expect(decoded.count == 100_003)
    #expect(hash(decoded) == "85a1390d22006a80ad783ef1d2abe233ad12d23470ac5d4500e4bc4f154cbcb9")
  }

  @Test func theCodesOfTIFFWithAndWithoutEnd() throws {
    let whole = try #require(Corpus.read("codec/imagecodecs/bytes.lzw_horizontal.bin"))
    let predicted = try LZW.decode(whole, options: .init())
    #expect(predicted == [0] + [UInt8](repeating: 1, count: 15) + predicted[16...])
    #expect(
      hash(predicted) == "1f8392333d3de2d1de937a8ac3771ef3add0ea8877ee821bbc1c5318f6c17958")
    let endless = try #require(Corpus.read("codec/imagecodecs/image_noeoi.lzw.bin"))
    let image = try LZW.decode(endless, byteCount: 524_288, options: .init())
    #expect(hash(image) == "1b8f7fde2170c99e2e5205be1c3991ea76d98979dd3d64ba23dd01b223a299c3")
    let corrupt = try #require(Corpus.read("codec/imagecodecs/corrupt.lzw.bin"))
    let error = try #require(throws: CodecError.self) {
      try LZW.decode(corrupt, options: .init())
    }
    #expect(error.kind == .corrupt && error.offset == 128_660)
  }

  @Test func theBitsOfEveryByteAndABlockOfHDF5() throws {
    let bits = try #require(Corpus.read("codec/imagecodecs/bytes.bitorder.bin"))
    let reversed = try BitOrder.decode(bits, options: .init())
    #expect(reversed == Array(0...255))
    let chunk = try #require(Corpus.read("codec/imagecodecs/lz4h5.bin"))
    let decoded = try LZ4H5.decode(chunk, options: .init())
    #expect(decoded.count == 2_048)
    #expect(hash(decoded) == "42d3d109f12e17d14b4bcd128d0ffa5aac9fb2513d2255834fe6faa05c02e062")
  }

  @Test func floatsAsAnImageAndAsPlanesAreTheReferencesPredictedBytes() throws {
    let floats = try #require(Corpus.read("codec/imagecodecs/rgb.bin"))
    for (name, planar) in [("rgb", false), ("rrggbb", true)] {
      let predicted = try #require(Corpus.read("codec/imagecodecs/\(name).floatpred_be.bin"))
      var image = try NDArray(shape: [33, 31, 3], dtype: .float32) { $0.append(floats.rawSpan) }
      if planar { image = try image.planar() }
      let layout = try RowLayout(
        shape: image.shape, elementByteCount: 4, axis: planar ? -1 : -2)
      let encoded = try FloatPredictor.encode(image, options: layout)
      let bytes = [UInt8](copying: encoded.bytes)
      #expect(bytes == predicted, "\(name)")
      let decoded = try FloatPredictor.decode(predicted, options: layout)
      #expect(decoded == [UInt8](copying: image.bytes), "\(name)")
    }
  }
}
