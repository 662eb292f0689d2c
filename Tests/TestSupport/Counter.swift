// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// A number that several threads may raise.
public final class Counter: Sendable {
  private let count = Atomic<Int>(0)
  public init() {}
  public func add() { count.add(1, ordering: .relaxed) }
  public var value: Int { count.load(ordering: .relaxed) }
}
