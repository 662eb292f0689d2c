// SPDX-License-Identifier: Apache-2.0

// This file and Threads.swift are the only ones that import a platform's C library.
internal import Codecs
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Reading whole files and streams, and replacing files in one step.
enum PosixFile {
  /// Files below this size are read; larger ones are mapped.
  static var mappingThreshold: Int { 1 << 18 }

  static func message(forErrno number: Int32) -> String {
    unsafe String(cString: strerror(number))
  }

  /// The content of the file at `path`: mapped when it is a large regular file, else read.
  ///
  /// - Throws: `system`; `codec` with `limitExceeded` when a pipe gives more than the limits allow.
  static func load(path: String, limits: Limits) throws(IIOError) -> Bytes {
    let path = expandingHome(path)
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(errno: errno, call: "open", path: path) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw .system(errno: errno, call: "fstat", path: path)
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw .system(errno: EISDIR, call: "open", path: path)
    }
    let size = Int(status.st_size)
    if status.st_mode & S_IFMT == S_IFREG, size >= mappingThreshold,
      let mapped = map(descriptor, size: size)
    {
      return mapped
    }
    return try read(descriptor, expecting: size, path: path, limits: limits)
  }

  /// Everything that standard input gives.
  static func loadStandardInput(limits: Limits) throws(IIOError) -> Bytes {
    try read(STDIN_FILENO, expecting: 0, path: "-", limits: limits)
  }

  private static func map(_ descriptor: Int32, size: Int) -> Bytes? {
    let base = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let base = unsafe base, unsafe base != MAP_FAILED else { return nil }
    // The mapping lives until the last `Bytes` that shares it is gone.
    return unsafe Bytes(adopting: UnsafeRawBufferPointer(start: base, count: size)) { memory in
      _ = unsafe munmap(UnsafeMutableRawPointer(mutating: memory.baseAddress!), memory.count)
    }
  }

  /// Reads until the end, whatever size was expected: files grow and pipes have none.
  private static func read(
    _ descriptor: Int32, expecting size: Int, path: String, limits: Limits
  ) throws(IIOError) -> Bytes {
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: min(max(size + 1, 1 << 12), 1 << 20))
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes {
        unsafe systemRead(descriptor, $0.baseAddress!, $0.count)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw .system(errno: errno, call: "read", path: path)
      }
      if count == 0 { return Bytes(content) }
      guard content.count + count <= limits.maxInputBytes else {
        throw .codec(CodecError(.limitExceeded(.inputBytes), codec: "input"), format: "input")
      }
      content.append(contentsOf: chunk[..<count])
    }
  }

  /// `~` and `~/…` with the home directory in place of the tilde.
  static func expandingHome(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/"), let home = unsafe getenv("HOME") else { return path }
    return unsafe String(cString: home) + path.dropFirst()
  }

  /// Writes all of `bytes`; short writes and interruptions are continued.
  static func writeAll(
    _ bytes: [UInt8], to descriptor: Int32, path: String
  ) throws(IIOError) {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe systemWrite(descriptor, $0.baseAddress! + done, $0.count - done)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw .system(errno: errno, call: "write", path: path)
      }
      done += count
    }
  }
}

// `read` and `write` are also names of methods around here.
private func systemRead(_ fd: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
  unsafe read(fd, buffer, count)
}
private func systemWrite(_ fd: Int32, _ buffer: UnsafeRawPointer, _ count: Int) -> Int {
  unsafe write(fd, buffer, count)
}

/// Where encoded bytes go: a file that is replaced in one step, or a stream.
///
/// A file is written under another name in the same directory and renamed when it is complete, so
/// that the old file stays whole whatever happens. On Linux the new file has no name at all until
/// then, and nothing is left behind even if the process is killed.
struct OutputFile: ~Copyable {
  private let path: String
  private var descriptor: Int32
  private let target: Target

  private enum Target {
    /// A pipe, a device, standard output: bytes go there as they come.
    case stream(ownsDescriptor: Bool)
    /// A new file that replaces `path` at the end; `temporary` is `nil` while it has no name.
    case replacement(directory: String, temporary: String?)
  }

  private init(path: String, descriptor: Int32, target: Target) {
    self.path = path
    self.descriptor = descriptor
    self.target = target
  }

  /// Standard output.
  static func standardOutput() -> OutputFile {
    OutputFile(path: "-", descriptor: STDOUT_FILENO, target: .stream(ownsDescriptor: false))
  }

  /// Opens the file at `path` for replacement; the file itself is not touched before ``commit()``.
  static func replacing(_ givenPath: String) throws(IIOError) -> OutputFile {
    let path = resolved(PosixFile.expandingHome(givenPath))
    var status = stat()
    var mode: mode_t = 0o666  // what the process's umask leaves of it
    var hasFile = false
    if unsafe stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else { return try stream(path) }
      mode = status.st_mode & 0o7777
      hasFile = true
      // Renaming needs only a writable directory; a read-only file is still not to be replaced.
      guard unsafe access(path, W_OK) == 0 else {
        throw .system(errno: errno, call: "access", path: path)
      }
    }
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let file = try create(in: directory, for: path, mode: mode)
    if hasFile { fchmod(file.descriptor, mode) }
    return file
  }

  private static func create(
    in directory: String, for path: String, mode: mode_t
  ) throws(IIOError) -> OutputFile {
    #if os(Linux)
      let unnamed: Int32 = 0o20_000_000 | O_DIRECTORY  // O_TMPFILE, a macro Swift cannot import
      let descriptor = unsafe open(directory, unnamed | O_WRONLY | O_CLOEXEC, mode)
      if descriptor >= 0 {
        return OutputFile(
          path: path, descriptor: descriptor,
          target: .replacement(directory: directory, temporary: nil))
      }
    #endif
    let temporary = temporaryName(for: path)
    let named = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard named >= 0 else { throw .system(errno: errno, call: "open", path: path) }
    return OutputFile(
      path: path, descriptor: named,
      target: .replacement(directory: directory, temporary: temporary))
  }

  private static func stream(_ path: String) throws(IIOError) -> OutputFile {
    let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(errno: errno, call: "open", path: path) }
    return OutputFile(
      path: path, descriptor: descriptor, target: .stream(ownsDescriptor: true))
  }

  /// The file that a symbolic link means, so that the link itself stays.
  private static func resolved(_ path: String) -> String {
    guard let real = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
  }

  private static func temporaryName(for path: String) -> String {
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let random = String(UInt64.random(in: .min ... .max), radix: 36)
    return "\(directory).iio-\(random).tmp"
  }

  mutating func write(_ bytes: [UInt8]) throws(IIOError) {
    try PosixFile.writeAll(bytes, to: descriptor, path: path)
  }

  /// Makes everything written so far the content of the file.
  consuming func commit() throws(IIOError) {
    guard case .replacement(let directory, let temporary) = target else { return }
    guard fsync(descriptor) == 0 else { throw .system(errno: errno, call: "fsync", path: path) }
    let name: String
    if let temporary { name = temporary } else { name = try link() }
    guard unsafe rename(name, path) == 0 else {
      let number = errno
      _ = unsafe unlink(name)
      throw .system(errno: number, call: "rename", path: path)
    }
    let folder = unsafe open(directory, O_RDONLY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
    close(descriptor)
    descriptor = -1
  }

  /// Gives the unnamed file a temporary name; returns it.
  private func link() throws(IIOError) -> String {
    #if os(Linux)
      let name = Self.temporaryName(for: path)
      let status = unsafe linkat(
        AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, name, AT_SYMLINK_FOLLOW)
      guard status == 0 else { throw .system(errno: errno, call: "linkat", path: path) }
      return name
    #else
      preconditionFailure("only Linux has unnamed files")
    #endif
  }

  /// What was not committed is discarded.
  deinit {
    guard descriptor >= 0 else { return }
    switch target {
    case .stream(let ownsDescriptor): if ownsDescriptor { close(descriptor) }
    case .replacement(_, let temporary):
      close(descriptor)
      if let temporary { _ = unsafe unlink(temporary) }
    }
  }
}
