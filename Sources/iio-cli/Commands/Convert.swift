// SPDX-License-Identifier: Apache-2.0

internal import IIO
internal import Synchronization

extension Command {
  static let convert = Command(
    name: "convert", operands: "IN OUT",
    summary: "convert a file; the output is replaced only when it is complete", fileCount: 2...2,
    options: [
      Option("to", value: "FORMAT", "output format (default: by the extension of OUT)"),
      Option("index", value: "N", "convert only image N, counted from 0"),
      Option("all", "convert all images"),
      Option("dtype", value: "TYPE", "cast to uint8, uint16, float32 …; values are clamped"),
      Option("option", value: "NAME=VALUE", repeats: true, "option of the output format"),
      Option("read-option", value: "NAME=VALUE", repeats: true, "option of the input format"),
      Option("strip", "leave metadata out"),
      Option(
        "lossless", "JPEG to JPEG without decoding: --option operation=rotate-90, crop=WxH+X+Y"),
    ] + leniencyOptions
  ) { (arguments) throws(Failure) in
    if arguments.has("lossless") {
      try convertLosslessly(arguments)
    } else {
      try Conversion(arguments).run()
    }
  }
}

/// One run of `iio convert`.
private struct Conversion {
  let arguments: Arguments
  let input: String
  let output: String
  let index: Int?
  let dtype: DType?
  let readOptions: Metadata
  let writeOptions: Metadata
  let policy: DecodePolicy
  let manager: FormatManager
  let progress = ProgressLine()

  init(_ arguments: Arguments) throws(Failure) {
    self.arguments = arguments
    input = arguments.files[0]
    output = arguments.files[1]
    index = try arguments.integer("index")
    readOptions = try arguments.pairs("read-option")
    writeOptions = try arguments.pairs("option")
    policy = try arguments.policy()
    manager = try arguments.manager()
    if index != nil, arguments.has("all") {
      throw Failure(.usage, "--index and --all exclude each other")
    }
    if let name = arguments.value("dtype") {
      guard let type = DType(name: name) else {
        throw Failure(.usage, "--dtype: there is no type '\(name)'")
      }
      dtype = type
    } else {
      dtype = nil
    }
  }

  /// - Returns: `corrupt` when the output was written, but the input is not whole.
  func run() throws(Failure) -> ExitCode {
    defer { progress.clear() }
    var source = try openSource()
    let takesAll = arguments.has("all") || index == nil && source.automaticIndex == .all
    // The first image is decoded before the output is opened: most failures happen here.
    var next = try firstImages(&source)
    var target = try openTarget()
    var count = 0
    while let image = next.popLast() {
      count += 1
      if count > 1, !(try targetFormat().canWriteSeveral) {
        throw Failure(
          .unsupported, "\(output): \(target.formatName) holds one image; choose one with --index")
      }
      // Frames of an animation differ in what is said of them.
      let metadata = try metadata(of: source, index ?? count - 1)
      do throws(IIOError) { try target.write(image, metadata: metadata) } catch {
        throw Failure(writing: output, error)
      }
      if takesAll, let following = try nextImage(&source) {
        next = [following]
      }
    }
    do throws(IIOError) {
      try target.close()
    } catch {
      throw Failure(writing: output, error)
    }
    progress.clear()
    return source.diagnostics.tell(of: input)
  }

  private func openSource() throws(Failure) -> ImageFile {
    var policy = policy
    policy.progress = progress.handler(for: input)
    do throws(IIOError) {
      return try imopen(
        Resource(input), .read, options: NamedOptions(readOptions), policy: policy,
        manager: manager)
    } catch {
      throw Failure(reading: input, error)
    }
  }

  private func metadata(of source: borrowing ImageFile, _ number: Int) throws(Failure) -> Metadata {
    guard !arguments.has("strip") else { return [:] }
    do throws(IIOError) { return try source.metadata(.at(number)) } catch {
      throw Failure(reading: input, error)
    }
  }

  private func firstImages(_ source: inout ImageFile) throws(Failure) -> [NDArray] {
    do throws(IIOError) {
      if let index { return [try cast(try source.read(.at(index)))] }
    } catch {
      throw Failure(reading: input, error)
    }
    return try nextImage(&source).map { [$0] } ?? []
  }

  private func nextImage(_ source: inout ImageFile) throws(Failure) -> NDArray? {
    do throws(IIOError) {
      guard let image = try source.next() else { return nil }
      return try cast(image)
    } catch {
      throw Failure(reading: input, error)
    }
  }

  private func cast(_ image: NDArray) throws(IIOError) -> NDArray {
    guard let dtype else { return image }
    do throws(CodecError) { return try image.cast(to: dtype) } catch {
      throw .codec(error, format: "array")
    }
  }

  private func targetFormat() throws(Failure) -> any WritableFormat.Type {
    do throws(IIOError) {
      return try FormatManager.current.writableFormat(
        named: arguments.value("to"), fileExtension: Resource(output).fileExtension)
    } catch {
      throw Failure(writing: output, error)
    }
  }

  private func openTarget() throws(Failure) -> ImageFile {
    do throws(IIOError) {
      return try imopen(
        Resource(output), .write, plugin: arguments.value("to"), options: NamedOptions(writeOptions)
      )
    } catch {
      throw Failure(writing: output, error)
    }
  }
}

/// A line on standard error that shows how far a long decode is.
private final class ProgressLine: Sendable {
  private let start = Terminal.seconds
  private let state = Mutex((shown: false, last: 0.0))

  /// For ``DecodePolicy/progress``: silent during the first second, then ten times a second.
  func handler(for path: String) -> DecodePolicy.ProgressHandler? {
    guard Terminal.errorIsTerminal else { return nil }
    return { fraction in
      let now = Terminal.seconds
      self.state.withLock { state in
        guard now - self.start > 1, now - state.last > 0.1 else { return }
        state = (true, now)
        Terminal.error("\r\(path): \(Int(fraction * 100)) % ")
      }
      return true
    }
  }

  func clear() {
    if state.withLock({ $0.shown }) { Terminal.error("\r\u{1B}[K") }
  }
}
