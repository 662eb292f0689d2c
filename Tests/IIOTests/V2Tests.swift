// SPDX-License-Identifier: Apache-2.0

import IIO
import Testing

@Suite struct V2Tests {
  let image: NDArray
  let encoded = Resource.bytes(Bytes(Array("TOY".utf8) + [2, 1, 2, 3, 4, 5, 6, 7, 8]))
  init() throws { image = try NDArray([1, 2, 3, 4] as [UInt8], shape: [2, 2]) }

  @Test func imagesCarryTheirMetadata() throws {
    let one = try V2.imread(encoded, manager: toyManager)
    #expect(one.array == image && one.meta == ["toy": true])
    #expect(try V2.mimread(encoded, format: "toy", manager: toyManager).count == 2)
  }

  @Test func theMemoryLimitStopsAList() {
    #expect(throws: Never.self) {
      try V2.mimread(encoded, memoryLimit: 8, manager: toyManager)
    }
    let error = #expect(throws: IIOError.self) {
      try V2.mimread(encoded, memoryLimit: 7, manager: toyManager)
    }
    guard case .codec(let cause, _) = error else {
      Issue.record("unexpected \(String(describing: error))")
      return
    }
    #expect(cause.kind == .limitExceeded(.imageBytes))
  }

  @Test(arguments: [
    ("1", 1), ("8B", 8), ("1kB", 1000), ("1KiB", 1024), ("1 MB", 1_000_000),
    ("1.5TB", 1_500_000_000_000), ("1.", 1), ("256M", 256_000_000), ("2Gi", 2 << 30),
    ("80.3EB", Int.max),
  ])
  func memoryLimitsAreReadAsImageioReadsThem(text: String, expected: Int) {
    #expect(V2.MemoryLimit(text)?.byteCount == expected)
  }

  @Test(arguments: ["1KB", "1kiB", "1mb", "8b", "1i", "i", "GB", "1.3.2TB", "1e6", "-1", " 1", ""])
  func otherMemoryLimitsAreRefused(text: String) {
    #expect(V2.MemoryLimit(text) == nil)
  }

  @Test func shapesAreCheckedBeforeWriting() throws {
    let volume = try NDArray(zeros: [3, 4, 5], dtype: .uint8)
    #expect(throws: IIOError.self) {
      try V2.imwrite("<bytes>", volume, format: "toy", manager: toyManager)
    }
    #expect(throws: IIOError.self) {
      try V2.volwrite("<bytes>", image, format: "toy", manager: toyManager)
    }
    #expect(
      try V2.mimwrite("<bytes>", [image, image], format: "toy", manager: toyManager)?.count == 12)
    #expect(throws: IIOError.self) {
      try V2.imwrite("<bytes>", image, format: "nothing", manager: toyManager)
    }
  }
}
