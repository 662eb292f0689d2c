// SPDX-License-Identifier: Apache-2.0

import Codecs
import Synchronization
import TestSupport
import Testing

/// Decoding with several jobs gives what decoding with one gives: pixels, warnings, errors.
@Suite struct JPEGConcurrencyTests {
  /// Jobs one after the other, the last one first; for images of any size.
  static func backwards(_ width: Int) -> Concurrency {
    var concurrency = Concurrency(width: width) { count, job in
      for index in (0..<count).reversed() { job(index) }
    }
    concurrency.leastPixelCount = 1
    return concurrency
  }

  static func picture(channels: Int) throws -> NDArray {
    let (width, height) = (355, 321)
    var generator = SeededGenerator(seed: 9)
    var samples: [UInt8] = []
    samples.reserveCapacity(width * height * channels)
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<channels {
          let value = x * (channel + 1) / 5 + y * 3 / 7 + Int(generator.next() & 31)
          samples.append(UInt8(truncatingIfNeeded: value))
        }
      }
    }
    let shape = channels == 1 ? [height, width] : [height, width, channels]
    return try NDArray(samples, shape: shape)
  }

  /// The first columns and rows of a picture of three channels.
  static func corner(_ image: NDArray, width: Int, height: Int) throws -> NDArray {
    let (samples, stride) = (image.bytes, 3 * image.shape[1])
    var part: [UInt8] = []
    for y in 0..<height {
      part += [UInt8](copying: samples.extracting(y * stride..<(y * stride + 3 * width)))
    }
    return try NDArray(part, shape: [height, width, 3])
  }

  struct Result: Equatable {
    var image: NDArray?
    var diagnostics: Diagnostics
    var error: CodecError?
  }

  static func decode(
    _ file: [UInt8], _ options: JPEG.DecodeOptions, _ policy: DecodePolicy
  ) -> Result {
    var diagnostics = Diagnostics()
    do throws(CodecError) {
      let image = try JPEG.decode(
        file.rawSpan, options: options, policy: policy, diagnostics: &diagnostics)
      return Result(image: image, diagnostics: diagnostics)
    } catch {
      return Result(diagnostics: diagnostics, error: error)
    }
  }

  /// Whether all widths agree; how lenient they are, and what they make, `seed` says.
  static func agree(_ file: [UInt8], seed: Int) -> Bool {
    var options = JPEG.DecodeOptions()
    options.reduction = seed % 5 == 0 ? .half : .none
    options.interpolatesChroma = seed % 7 != 0
    let leniency = [DecodePolicy.Leniency.standard, .strict, .salvage][seed % 3]
    let expected = decode(file, options, DecodePolicy(leniency: leniency))
    return [2, 3, 8].allSatisfy { width in
      let policy = DecodePolicy(leniency: leniency, concurrency: backwards(width))
      return decode(file, options, policy) == expected
    }
  }

  @Test(arguments: Fixtures.entries(of: "jpeg"))
  func fixturesSoundAndDamaged(entry: Fixtures.Entry) throws {
    let file = try #require(Fixtures.read(entry.name))
    var differing: [Int] = []
    for seed in 0..<15 where !Self.agree(file, seed: seed) { differing.append(-1) }
    let step = max(file.count / 25, 1)
    for place in stride(from: 2, to: file.count, by: step) {
      if !Self.agree(Array(file[..<place]), seed: place) { differing.append(place) }
      var damaged = file
      damaged[place] ^= UInt8(truncatingIfNeeded: 1 << (place % 8) | place)
      if !Self.agree(damaged, seed: place) { differing.append(place) }
    }
    #expect(differing.isEmpty)
  }

  @Test(arguments: [1, 3], [0, 1, 7, 23, 200])
  func filesWithRestartMarkers(channels: Int, restartInterval: Int) throws {
    let image = try Self.picture(channels: channels)
    for subsampling in [JPEG.Subsampling.s420, .s444, .s422, .s440].prefix(channels == 1 ? 1 : 4) {
      var options = JPEG.WriteOptions(quality: 85)
      options.subsampling = subsampling
      options.restartInterval = restartInterval
      let file = try JPEG.encode(image, options: options)
      var contents = [file, Array(file[..<(file.count / 2)])]
      var bits = file
      for i in stride(from: file.count / 3, to: file.count, by: 999) { bits[i] ^= 0x5A }
      contents.append(bits)
      // A marker is missing; one is there twice; two have changed places; one is of another kind.
      let markers = file.indices.dropLast().filter {
        file[$0] == 0xFF && (0xD0...0xD7).contains(file[$0 + 1])
      }
      if markers.count > 4 {
        let (one, two) = (markers[markers.count / 3], markers[markers.count / 2])
        contents.append(Array(file[..<one] + file[(one + 2)...]))
        contents.append(Array(file[..<one] + file[one..<(one + 2)] + file[one...]))
        var swapped = file
        swapped.swapAt(one + 1, two + 1)
        contents.append(swapped)
        var other = file
        other[two + 1] = 0xFE
        contents.append(other)
        // An interval without its end.
        contents.append(Array(file[..<(one - 30)] + file[one...]))
      }
      for (index, content) in contents.enumerated() {
        for seed in 0..<3 {
          let isSame = Self.agree(content, seed: 5 * index + seed)
          #expect(isSame, "\(subsampling) \(index)")
        }
      }
    }
  }

  /// Which rows count as obtained depends on whether the interval before had all its data.
  @Test(arguments: [16, 40], 1...4)
  func intervalsWithoutTheirData(width: Int, restartInterval: Int) throws {
    let image = try Self.corner(Self.picture(channels: 3), width: width, height: 112)
    var options = JPEG.WriteOptions(quality: 60)
    options.subsampling = .s420
    options.restartInterval = restartInterval
    let file = try JPEG.encode(image, options: options)
    let ends = file.indices.dropLast().filter {
      file[$0] == 0xFF && ((0xD0...0xD7).contains(file[$0 + 1]) || file[$0 + 1] == 0xD9)
    }
    let header = try #require(file.indices.first { file[$0] == 0xFF && file[$0 + 1] == 0xDA }) + 14
    var differing: [Int] = []
    for mask in 0..<128 {
      var damaged = Array(file[..<header])
      var start = header
      for (index, end) in ends.enumerated() {
        let isShort = mask >> (index % 7) & 1 == 1
        damaged += file[start..<(isShort ? start + 1 : end)] + file[end..<(end + 2)]
        start = end + 2
      }
      // Seeds that are lenient, and one that is not.
      for seed in [2, 5, 0] where !Self.agree(damaged, seed: seed) { differing.append(mask) }
    }
    #expect(differing.isEmpty)
  }

  /// Files without restart markers, which are decoded from places that had to be found; and files
  /// with one at the end of each row.
  @Test(arguments: [0, 1, 3], [JPEG.Subsampling.s420, .s444, .s422])
  func ordinaryFilesSoundAndDamaged(kind: Int, subsampling: JPEG.Subsampling) throws {
    let channels = max(kind, 1)
    var options = JPEG.WriteOptions(quality: 80)
    options.subsampling = subsampling
    options.optimizesCodes = subsampling == .s422
    options.restartInterval = kind == 0 ? 45 : 0
    let file = try JPEG.encode(try Self.picture(channels: channels), options: options)
    var generator = SeededGenerator(seed: 77)
    var differing: [Int] = []
    for seed in 0..<40 {
      let place = 700 + Int(generator.next() % UInt64(file.count - 700))
      if !Self.agree(Array(file[..<place]), seed: seed) { differing.append(place) }
      var damaged = file
      damaged[place] = UInt8(truncatingIfNeeded: generator.next())
      if seed % 4 == 0 { damaged[place - 1] = 0xFF }
      if !Self.agree(damaged, seed: seed) { differing.append(place) }
    }
    #expect(differing.isEmpty)
    // Rows that are in no file of one height, and data behind the last one.
    let frame = try #require(file.indices.first { file[$0] == 0xFF && file[$0 + 1] == 0xC0 })
    for height in [100, 320, 322, 500] {
      var other = file
      (other[frame + 5], other[frame + 6]) = (UInt8(height >> 8), UInt8(height & 255))
      for seed in 0..<3 {
        let isSame = Self.agree(other, seed: seed)
        #expect(isSame, "\(height)")
      }
    }
  }

  /// Were the places not found, a job less would be run, or one stage after the other.
  @Test(arguments: [2, 3, 8], [JPEG.Subsampling.s420, .s444])
  func ordinaryFilesAreDividedAmongAllJobs(width: Int, subsampling: JPEG.Subsampling) throws {
    var options = JPEG.WriteOptions(quality: 80)
    options.subsampling = subsampling
    let file = try JPEG.encode(try Self.picture(channels: 3), options: options)
    let counts = Mutex<[Int]>([])
    var concurrency = Concurrency(width: width) { count, job in
      counts.withLock { $0.append(count) }
      for index in 0..<count { job(index) }
    }
    concurrency.leastPixelCount = 1
    let result = Self.decode(file, JPEG.DecodeOptions(), DecodePolicy(concurrency: concurrency))
    #expect(result.error == nil)
    let found = counts.withLock { $0 }
    // Few rows may leave some jobs without one of their own.
    #expect(found.count == 2 && found.first == width && found.last ?? 0 > width / 2)
  }

  @Test(arguments: [JPEG.Subsampling.s420, .s444])
  func progressiveFilesSoundAndCutOff(subsampling: JPEG.Subsampling) throws {
    var options = JPEG.WriteOptions(quality: 85)
    options.subsampling = subsampling
    options.isProgressive = true
    let file = try JPEG.encode(try Self.picture(channels: 3), options: options)
    for seed in 0..<8 {
      let isSame = Self.agree(Array(file[..<(file.count * (8 - seed) / 8)]), seed: seed)
      #expect(isSame)
    }
  }

  @Test(arguments: [0, 10], [false, true])
  func decodingCanBeCancelled(restartInterval: Int, isProgressive: Bool) throws {
    var options = JPEG.WriteOptions()
    options.restartInterval = restartInterval
    options.isProgressive = isProgressive
    let file = try JPEG.encode(try Self.picture(channels: 3), options: options)
    for least in [0.3, 0.8, 0.99] {
      let policy = DecodePolicy(progress: { $0 < least }, concurrency: Self.backwards(2))
      #expect(Self.decode(file, JPEG.DecodeOptions(), policy).error?.kind == .cancelled)
    }
  }

  /// What one job has room for, several must have too.
  @Test(arguments: [0, 10], [false, true])
  func noMoreMemoryIsNeeded(restartInterval: Int, isProgressive: Bool) throws {
    var options = JPEG.WriteOptions()
    options.restartInterval = restartInterval
    options.isProgressive = isProgressive
    let file = try JPEG.encode(try Self.picture(channels: 3), options: options)
    func result(_ width: Int, scratchByteCount: Int) -> Result {
      var limits = Limits.default
      limits.maxScratchBytes = scratchByteCount
      let concurrency = width == 1 ? Concurrency.serial : Self.backwards(width)
      return Self.decode(
        file, JPEG.DecodeOptions(), DecodePolicy(limits: limits, concurrency: concurrency))
    }
    var (low, high) = (0, 1 << 24)
    while low < high {
      let middle = (low + high) / 2
      let isEnough = result(1, scratchByteCount: middle).error == nil
      (low, high) = isEnough ? (low, middle) : (middle + 1, high)
    }
    #expect(low > 1_000)
    for scratchByteCount in [low - 1, low, 2 * low, 1 << 24] {
      let expected = result(1, scratchByteCount: scratchByteCount)
      #expect((expected.error == nil) == (scratchByteCount >= low))
      for width in [2, 8] {
        let isSame = result(width, scratchByteCount: scratchByteCount) == expected
        #expect(isSame)
      }
    }
  }
}
