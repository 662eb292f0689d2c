// SPDX-License-Identifier: Apache-2.0

extension Concurrency {
  /// What `job` returns for each of `0..<count`, in this order; the jobs may run at the same time.
  ///
  /// - Throws: the error of the first job that failed; the others are run nevertheless.
  public func map<T: Sendable>(
    _ count: Int, _ job: @Sendable (Int) throws(CodecError) -> T
  ) throws(CodecError) -> [T] {
    let results = JobResults<T>(count: count)
    perform(count) { index in
      do throws(CodecError) {
        results.set(index, .success(try job(index)))
      } catch {
        results.set(index, .failure(error))
      }
    }
    var values: [T] = []
    values.reserveCapacity(count)
    for index in 0..<count { values.append(try results.get(index)) }
    return values
  }
}

/// A place for the result of each job. Jobs write to different places, and nobody reads before all
/// have returned, so that no lock is needed.
@safe private final class JobResults<T: Sendable>: @unchecked Sendable {
  private let slots: UnsafeMutablePointer<Result<T, CodecError>?>
  private let count: Int

  init(count: Int) {
    self.count = count
    unsafe slots = .allocate(capacity: count)
    unsafe slots.initialize(repeating: nil, count: count)
  }

  deinit {
    unsafe slots.deinitialize(count: count)
    unsafe slots.deallocate()
  }

  func set(_ index: Int, _ result: Result<T, CodecError>) {
    precondition(index >= 0 && index < count, "a job that was not asked for")
    unsafe slots[index] = result
  }

  func get(_ index: Int) throws(CodecError) -> T {
    precondition(index >= 0 && index < count)
    guard let result = unsafe slots[index] else {
      throw CodecError(.invalidArgument, codec: "concurrency", "a job was not run")
    }
    return try result.get()
  }
}
