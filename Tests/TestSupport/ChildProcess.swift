// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Another program, run to its end.
public struct ChildProcess: Sendable {
  /// Exit code, or minus the number of the signal that ended it.
  public var code: Int32
  public var output: [UInt8]
  public var error: String

  public var text: String { String(decoding: output, as: UTF8.self) }

  /// Runs `program`; its streams go through files in a temporary folder.
  ///
  /// - Parameter environment: added to this process's own.
  public init(
    _ program: String, _ arguments: [String], input: [UInt8] = [],
    environment: [String: String] = [:]
  ) throws {
    let folder = try TemporaryFolder()
    try folder.write(input, to: "in")
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, folder.file("in"), O_RDONLY, 0)
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    unsafe posix_spawn_file_actions_addopen(&actions, 1, folder.file("out"), flags, 0o600)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, folder.file("err"), flags, 0o600)

    let words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
    let settings = environment.map { "\($0.key)=\($0.value)" } + Self.inherited
    let variables = unsafe settings.map { unsafe strdup($0) } + [nil]
    defer { unsafe (words + variables).forEach { unsafe free($0) } }
    var child = pid_t()
    guard unsafe posix_spawn(&child, program, &actions, nil, words, variables) == 0 else {
      throw TemporaryFolder.SystemError(call: "posix_spawn \(program)")
    }
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
    code = status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
    output = folder.read("out") ?? []
    error = String(decoding: folder.read("err") ?? [], as: UTF8.self)
  }

  private static var inherited: [String] {
    let names: [String] = ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"]
    return names.compactMap { (name: String) -> String? in
      guard let value = unsafe getenv(name) else { return nil }
      return unsafe "\(name)=\(String(cString: value))"
    }
  }

  /// The folder of the running tests, where SwiftPM also puts the package's programs.
  public static var buildFolder: String {
    let parts = CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast().joined(separator: "/")
  }
}
