// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A folder that is removed with everything in it when the value goes.
public final class TemporaryFolder: Sendable {
  public let path: String

  /// The system could not do what a test needs.
  public struct SystemError: Error { public let call: String }

  public init() throws(SystemError) {
    let random = String(UInt64.random(in: .min ... .max), radix: 36)
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    path = "\(parent)/iio-test-\(random)"
    guard unsafe mkdir(path, 0o700) == 0 else { throw SystemError(call: "mkdir") }
  }

  deinit {
    for name in names { _ = unsafe unlink(file(name)) }
    _ = unsafe rmdir(path)
  }

  public func file(_ name: String) -> String { "\(path)/\(name)" }

  public var isSuperuser: Bool { geteuid() == 0 }

  /// The files in the folder, sorted.
  public var names: [String] { Self.names(in: path) }

  /// The files in any folder, sorted; none when there is no such folder.
  public static func names(in path: String) -> [String] {
    guard let folder = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(folder) }
    var result: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { result.append(name) }
    }
    return result.sorted()
  }

  public func write(_ bytes: [UInt8], to name: String, mode: UInt32 = 0o644) throws(SystemError) {
    guard let file = unsafe fopen(file(name), "wb") else { throw SystemError(call: "fopen") }
    let written = unsafe fwrite(bytes, 1, bytes.count, file)
    unsafe fclose(file)
    guard written == bytes.count, unsafe chmod(self.file(name), mode_t(mode)) == 0 else {
      throw SystemError(call: "fwrite")
    }
  }

  public func read(_ name: String) -> [UInt8]? { Self.read(file(name)) }

  /// The content of any file; `nil` when it cannot be read.
  public static func read(_ path: String) -> [UInt8]? {
    guard let file = unsafe fopen(path, "rb") else { return nil }
    defer { unsafe fclose(file) }
    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe fread(&chunk, 1, chunk.count, file)
      if count == 0 { return result }
      result += chunk[..<count]
    }
  }

  public static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  public func mode(of name: String) -> UInt32? {
    var status = stat()
    return unsafe stat(file(name), &status) == 0 ? UInt32(status.st_mode) & 0o7777 : nil
  }

  public func link(_ name: String, to target: String) {
    _ = unsafe symlink(target, file(name))
  }

  public func isLink(_ name: String) -> Bool {
    var status = stat()
    return unsafe lstat(file(name), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// A named pipe; another thread writes `content` into it when it is opened for reading.
  public func makePipe(_ name: String, content: [UInt8]) {
    let path = file(name)
    _ = unsafe mkfifo(path, 0o600)
    let writer = PipeWriter(path: path, content: content)
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    _ = unsafe pthread_create(
      &thread, nil,
      { argument in
        #if canImport(Darwin)
          let pointer = unsafe argument
        #else
          let pointer = unsafe argument!
        #endif
        unsafe Unmanaged<PipeWriter>.fromOpaque(pointer).takeRetainedValue().run()
        return nil
      }, unsafe Unmanaged.passRetained(writer).toOpaque())
  }

  private final class PipeWriter: Sendable {
    let path: String
    let content: [UInt8]
    init(path: String, content: [UInt8]) {
      self.path = path
      self.content = content
    }
    func run() {
      guard let file = unsafe fopen(path, "wb") else { return }
      _ = unsafe fwrite(content, 1, content.count, file)
      unsafe fclose(file)
    }
  }
}
