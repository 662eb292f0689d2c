// SPDX-License-Identifier: Apache-2.0

import CJpeg

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// libjpeg-turbo through libjpeg's interface, row by row, as its own programs use it: the one that
/// was linked, and a newer one when the environment names its file in `IIO_LIBJPEG`.
///
/// The newer one must have the interface of version 6.2, as those in Pillow's wheels have. Only it
/// knows 12-bit and lossless files.
struct LibJPEG {
  typealias Decompress = UnsafeMutablePointer<jpeg_decompress_struct>
  typealias Compress = UnsafeMutablePointer<jpeg_compress_struct>
  typealias Rows = UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>

  let name: String
  private let standardError:
    @convention(c) (UnsafeMutablePointer<jpeg_error_mgr>?) -> UnsafeMutablePointer<jpeg_error_mgr>?
  private let createDecompress: @convention(c) (Decompress?, CInt, Int) -> Void
  private let memorySource: @convention(c) (Decompress?, UnsafePointer<UInt8>?, UInt) -> Void
  private let readHeader: @convention(c) (Decompress?, CInt) -> CInt
  private let startDecompress: @convention(c) (Decompress?) -> CInt
  private let finishDecompress: @convention(c) (Decompress?) -> CInt
  private let destroyDecompress: @convention(c) (Decompress?) -> Void
  private let createCompress: @convention(c) (Compress?, CInt, Int) -> Void
  private let memoryDestination:
    @convention(c) (
      Compress?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?, UnsafeMutablePointer<UInt>?
    ) -> Void
  private let setDefaults: @convention(c) (Compress?) -> Void
  private let setColorSpace: @convention(c) (Compress?, J_COLOR_SPACE) -> Void
  private let setQuality: @convention(c) (Compress?, CInt, CInt) -> Void
  private let simpleProgression: @convention(c) (Compress?) -> Void
  private let startCompress: @convention(c) (Compress?, CInt) -> Void
  private let finishCompress: @convention(c) (Compress?) -> Void
  private let destroyCompress: @convention(c) (Compress?) -> Void
  private let readRows: @convention(c) (Decompress?, Rows?, UInt32) -> UInt32
  private let writeRows: @convention(c) (Compress?, Rows?, UInt32) -> UInt32
  /// For 12 bits and for 16; `nil` in old versions.
  private let readRows12: (@convention(c) (Decompress?, Rows?, UInt32) -> UInt32)?
  private let readRows16: (@convention(c) (Decompress?, Rows?, UInt32) -> UInt32)?
  private let writeRows12: (@convention(c) (Compress?, Rows?, UInt32) -> UInt32)?
  private let writeRows16: (@convention(c) (Compress?, Rows?, UInt32) -> UInt32)?
  private let enableLossless: (@convention(c) (Compress?, CInt, CInt) -> Void)?

  /// Whether 12-bit and lossless files are known.
  var isComplete: Bool { enableLossless != nil }

  static let linked = LibJPEG(path: nil, name: "libjpeg-turbo \(linkedVersion)")
  static let loaded = getenv("IIO_LIBJPEG").map {
    LibJPEG(path: String(cString: $0), name: "libjpeg-turbo, loaded")
  }
  /// Both, as far as they are there.
  static var all: [LibJPEG] { [linked] + (loaded.map { [$0] } ?? []) }
  /// The one that knows all processes.
  static var complete: LibJPEG? { all.first { $0.isComplete } }

  private static var linkedVersion: String {
    let number = Int(LIBJPEG_TURBO_VERSION_NUMBER)
    return "\(number / 1_000_000).\(number / 1_000 % 1_000).\(number % 1_000)"
  }

  private static var loadFlags: CInt {
    #if canImport(Glibc)
      // What one library calls within itself must not be found in the other.
      RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND
    #else
      RTLD_NOW | RTLD_LOCAL
    #endif
  }

  /// - Parameter path: the library's file; `nil` for the one that was linked.
  private init(path: String?, name: String) {
    self.name = name
    guard let library = dlopen(path, Self.loadFlags) else { fail("cannot load \(name)\n") }
    func optional<F>(_ symbol: String) -> F? {
      dlsym(library, symbol).map { unsafeBitCast($0, to: F.self) }
    }
    func required<F>(_ symbol: String) -> F {
      guard let function: F = optional(symbol) else { fail("\(name) has no \(symbol)\n") }
      return function
    }
    // Named here as well, else the linker sees no need of the library.
    standardError = path == nil ? jpeg_std_error : required("jpeg_std_error")
    createDecompress = required("jpeg_CreateDecompress")
    memorySource = required("jpeg_mem_src")
    readHeader = required("jpeg_read_header")
    startDecompress = required("jpeg_start_decompress")
    finishDecompress = required("jpeg_finish_decompress")
    destroyDecompress = required("jpeg_destroy_decompress")
    createCompress = required("jpeg_CreateCompress")
    memoryDestination = required("jpeg_mem_dest")
    setDefaults = required("jpeg_set_defaults")
    setColorSpace = required("jpeg_set_colorspace")
    setQuality = required("jpeg_set_quality")
    simpleProgression = required("jpeg_simple_progression")
    startCompress = required("jpeg_start_compress")
    finishCompress = required("jpeg_finish_compress")
    destroyCompress = required("jpeg_destroy_compress")
    readRows = required("jpeg_read_scanlines")
    writeRows = required("jpeg_write_scanlines")
    readRows12 = optional("jpeg12_read_scanlines")
    readRows16 = optional("jpeg16_read_scanlines")
    writeRows12 = optional("jpeg12_write_scanlines")
    writeRows16 = optional("jpeg16_write_scanlines")
    enableLossless = optional("jpeg_enable_lossless")
  }
}

/// What a file is made of.
struct JPEGSettings {
  var quality: CInt = 75
  /// Luminance samples per chrominance sample, across and down.
  var sampling: (h: CInt, v: CInt) = (2, 2)
  var isProgressive = false
  var isOptimized = false
  var isArithmetic = false
  /// Bits per sample; more than eight are in arrays of 16 bits.
  var precision: CInt = 8
  /// Of a lossless file.
  var predictor: CInt?
}

extension LibJPEG {
  private static let version: CInt = 62

  /// Errors end the program: libjpeg's own way, a jump over our frames, is not for Swift.
  private func makeErrorManager() -> UnsafeMutablePointer<jpeg_error_mgr> {
    let manager = UnsafeMutablePointer<jpeg_error_mgr>.allocate(capacity: 1)
    manager.initialize(to: jpeg_error_mgr())
    _ = standardError(manager)
    manager.pointee.error_exit = { state in
      let text = Memory(Int(JMSG_LENGTH_MAX))
      state!.pointee.err.pointee.format_message(
        state, text.base.assumingMemoryBound(to: CChar.self))
      fail("libjpeg-turbo: \(String(cString: text.words))\n")
    }
    manager.pointee.output_message = { _ in }
    return manager
  }

  /// - Parameter scale: eighths of both sides.
  func decoder(_ source: Memory, _ output: Memory, scale: Int = 8) -> () -> Void {
    let manager = makeErrorManager()
    return {
      var state = jpeg_decompress_struct()
      state.err = manager
      createDecompress(&state, Self.version, MemoryLayout<jpeg_decompress_struct>.size)
      memorySource(&state, source.words, UInt(source.count))
      _ = readHeader(&state, 1)
      state.scale_num = UInt32(scale)
      state.scale_denom = 8
      _ = startDecompress(&state)
      let isWide = state.data_precision > 8
      let read = !isWide ? readRows : (state.data_precision > 12 ? readRows16 : readRows12)!
      let stride =
        Int(state.output_width) * Int(state.output_components) * (isWide ? 2 : 1)
      withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<UInt8>?.self, capacity: 16) { rows in
        while state.output_scanline < state.output_height {
          let count = min(16, Int(state.output_height - state.output_scanline))
          for y in 0..<count {
            rows[y] = output.words + (Int(state.output_scanline) + y) * stride
          }
          _ = read(&state, rows.baseAddress, UInt32(count))
        }
      }
      output.count = stride * Int(state.output_height)
      _ = finishDecompress(&state)
      destroyDecompress(&state)
    }
  }

  /// - Parameter pixels: grey or RGB rows without gaps, 16 bits a sample above eight bits.
  func encoder(
    _ pixels: Memory, width: Int, height: Int, channels: Int, _ settings: JPEGSettings,
    _ output: Memory
  ) -> () -> Void {
    let manager = makeErrorManager()
    return {
      var state = jpeg_compress_struct()
      state.err = manager
      createCompress(&state, Self.version, MemoryLayout<jpeg_compress_struct>.size)
      var buffer: UnsafeMutablePointer<UInt8>? = output.words
      var size = UInt(output.bytes.count)
      memoryDestination(&state, &buffer, &size)
      (state.image_width, state.image_height) = (UInt32(width), UInt32(height))
      state.input_components = CInt(channels)
      state.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB
      setDefaults(&state)
      state.data_precision = settings.precision
      setQuality(&state, settings.quality, 1)
      if channels == 3 {
        state.comp_info[0].h_samp_factor = settings.sampling.h
        state.comp_info[0].v_samp_factor = settings.sampling.v
      }
      if settings.isProgressive { simpleProgression(&state) }
      if settings.isOptimized { state.optimize_coding = 1 }
      if settings.isArithmetic { state.arith_code = 1 }
      if let predictor = settings.predictor {
        enableLossless!(&state, predictor, 0)
        setColorSpace(&state, state.in_color_space)
      }
      startCompress(&state, 1)
      let isWide = settings.precision > 8
      let write = !isWide ? writeRows : (settings.precision > 12 ? writeRows16 : writeRows12)!
      let stride = width * channels * (isWide ? 2 : 1)
      withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<UInt8>?.self, capacity: 16) { rows in
        while state.next_scanline < state.image_height {
          let count = min(16, Int(state.image_height - state.next_scanline))
          for y in 0..<count {
            rows[y] = pixels.words + (Int(state.next_scanline) + y) * stride
          }
          _ = write(&state, rows.baseAddress, UInt32(count))
        }
      }
      finishCompress(&state)
      // A buffer of its own means that ours was too small.
      output.count = buffer == output.words ? Int(size) : -1
      destroyCompress(&state)
    }
  }

  /// A file made of `pixels`.
  func file(
    _ pixels: Memory, width: Int, height: Int, channels: Int, _ settings: JPEGSettings
  ) -> [UInt8] {
    let output = Memory(pixels.count * 2 + 65_536)
    encoder(pixels, width: width, height: height, channels: channels, settings, output)()
    return output.output
  }
}
