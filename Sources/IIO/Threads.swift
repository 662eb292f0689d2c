// SPDX-License-Identifier: Apache-2.0

public import Codecs
internal import Synchronization
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

extension Concurrency {
  /// As many threads as the machine has processors.
  public static var automatic: Concurrency { threads(sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Runs jobs on up to `width` threads, the caller's among them.
  ///
  /// Threads are made for each call (some 25 µs each), so jobs should take a millisecond or more.
  public static func threads(_ width: Int) -> Concurrency {
    let width = max(width, 1)
    return Concurrency(width: width) { count, job in
      withoutActuallyEscaping(job) { job in
        let queue = JobQueue(count: count, job: job)
        var helpers: [pthread_t] = []
        for _ in 1..<max(min(width, count), 1) {
          if let helper = queue.startHelper() { helpers.append(helper) }
        }
        queue.work()
        // After this no thread holds the queue, and so none holds the job.
        for helper in helpers { pthread_join(helper, nil) }
      }
    }
  }
}

/// Hands out job numbers to threads until there are none left.
private final class JobQueue: Sendable {
  private let next = Atomic<Int>(0)
  private let count: Int
  private let job: @Sendable (Int) -> Void

  init(count: Int, job: @escaping @Sendable (Int) -> Void) {
    self.count = count
    self.job = job
  }

  func work() {
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      job(index)
    }
  }

  /// A thread that helps with ``work()``; `nil` when the system has no more threads.
  func startHelper() -> pthread_t? {
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let reference = unsafe Unmanaged.passRetained(self)
    let status = unsafe pthread_create(
      &thread, nil,
      { argument in
        #if canImport(Darwin)
          let pointer = unsafe argument
        #else
          let pointer = unsafe argument!
        #endif
        unsafe Unmanaged<JobQueue>.fromOpaque(pointer).takeRetainedValue().work()
        return nil
      }, reference.toOpaque())
    guard status == 0 else {
      unsafe reference.release()
      return nil
    }
    return thread
  }
}
