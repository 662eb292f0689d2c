// SPDX-License-Identifier: Apache-2.0

import IIO
import TestSupport
import Testing

@Suite struct V3Tests {
  let image: NDArray
  let encoded: [UInt8]

  init() throws {
    image = try NDArray([1, 2, 3, 4] as [UInt8], shape: [2, 2])
    encoded = Array("TOY".utf8) + [2, 1, 2, 3, 4, 5, 6, 7, 8]
  }

  @Test func contentDecidesEvenAgainstTheExtension() throws {
    let array = try imread(
      .bytes(Bytes(encoded)), extension: "greedy", manager: toyManager)
    #expect(array == image)
  }

  @Test func anIndexSelectsAndAllStacks() throws {
    let source = Resource.bytes(Bytes(encoded))
    #expect(
      try imread(source, index: 1, manager: toyManager).array(as: UInt8.self) == [5, 6, 7, 8])
    #expect(try imread(source, index: ..., manager: toyManager).shape == [2, 2, 2])
    #expect(try improps(source, index: .all, manager: toyManager).shape == [2, 2, 2])
    #expect(try improps(source, index: .all, manager: toyManager).isBatch)
    for index in [-1, 2] {
      let error = #expect(throws: IIOError.self) {
        try imread(source, index: .at(index), manager: toyManager)
      }
      guard case .indexOutOfRange(index, 2) = error else {
        Issue.record("unexpected \(String(describing: error))")
        continue
      }
    }
  }

  @Test func iterationDecodesOneAfterTheOther() throws {
    let images = try imiter(.bytes(Bytes(encoded)), manager: toyManager).map { try $0.get() }
    #expect(images.count == 2 && images[0] == image)
  }

  @Test func namedOptionsReachTheFormatAndUnknownOnesAreErrors() throws {
    let source = Resource.bytes(Bytes(encoded))
    let inverted = try imread(source, options: ["invert": true], manager: toyManager)
    #expect(inverted.array(as: UInt8.self) == [254, 253, 252, 251])
    let unknown = #expect(throws: IIOError.self) {
      try imread(source, options: ["quality": 85], manager: toyManager)
    }
    #expect(unknown?.description == "TOY takes the options invert, not quality")
    #expect(throws: IIOError.self) {
      try imread(source, options: ["invert": "maybe"], manager: toyManager)
    }
    let mismatch = #expect(throws: IIOError.self) {
      try imread(source, options: NoFormatOptions(), manager: toyManager)
    }
    #expect(mismatch?.description == "TOY takes Options, not NoFormatOptions")
  }

  @Test func memoryTargetsGiveTheBytesBack() throws {
    let bytes = try imwrite("<bytes>", image, extension: ".toy", manager: toyManager)
    #expect(bytes == Array("TOY".utf8) + [1, 1, 2, 3, 4])
    let many = try imwrite("<bytes>", [image, image], plugin: "toy", manager: toyManager)
    #expect(many?.count == 4 + 8)
    // Four axes are a batch; three are one image when the last looks like channels.
    let batch = try NDArray(zeros: [3, 2, 2], dtype: .uint8).reshaped([3, 1, 2, 2])
    #expect(throws: IIOError.self) {
      try imwrite("<bytes>", batch, plugin: "toy", manager: toyManager)
    }
  }

  @Test func anUnknownExtensionIsRefusedWhenWriting() {
    for name in ["x.unknown", "x", "<bytes>", ".png"] {
      let error = #expect(throws: IIOError.self) {
        try imwrite(Resource(name), image, manager: toyManager)
      }
      guard case .unknownFormat = error else {
        Issue.record("\(name): unexpected \(String(describing: error))")
        continue
      }
    }
    let readOnly = #expect(throws: IIOError.self) {
      try imwrite("x.greedy", image, manager: toyManager)
    }
    #expect(readOnly?.description == "GREEDY cannot be written")
  }

  @Test func errorsTellWhatWasTriedAndWhy() {
    let junk = Resource.bytes(Bytes([1, 2, 3]))
    let nothing = #expect(throws: IIOError.self) {
      try imread(junk, manager: FormatManager([Toy.self]))
    }
    #expect(nothing?.description == "<bytes>: no known format")
    let both = #expect(throws: IIOError.self) {
      try imread(junk, extension: "toy", manager: toyManager)
    }
    #expect(
      both?.description == """
        <bytes>: no format can read it; tried \
        GREEDY (GREEDY: corrupt: never mine), TOY (TOY: corrupt: no magic (at byte 0))
        """)
    let named = #expect(throws: IIOError.self) {
      try imread(junk, plugin: "nothing", manager: toyManager)
    }
    #expect(named?.description == "no format is called 'nothing'")
  }

  @Test func aCertainFormatIsTheOnlyOneTried() {
    let cut = Array(encoded.dropLast(3))
    let error = #expect(throws: IIOError.self) {
      try imread(.bytes(Bytes(cut)), manager: toyManager)
    }
    #expect(error?.description == "TOY: truncated (3 more bytes needed) (at byte 4)")
  }

  @Test func limitsReachTheFormat() {
    var policy = DecodePolicy.default
    policy.limits.maxImages = 1
    let error = #expect(throws: IIOError.self) {
      try imread(.bytes(Bytes(encoded)), policy: policy, manager: toyManager)
    }
    guard case .codec(let cause, _) = error else {
      Issue.record("unexpected \(String(describing: error))")
      return
    }
    #expect(cause.kind == .limitExceeded(.images))
  }

  @Test func outlinesComeThroughTheManager() throws {
    let outline = try imoutline(.bytes(Bytes(encoded)), manager: toyManager)
    #expect(outline.nodes.map { $0.value } == ["TOY", "2"])
    #expect(outline.unclaimed == [4..<12])
  }
}

@Suite struct FormatManagerTests {
  @Test func registeringReplacesByName() {
    var manager = FormatManager([Toy.self])
    manager.register(Toy.self)
    manager.register(Greedy.self)
    #expect(manager.formats.map { $0.formatName } == ["TOY", "GREEDY"])
  }

  @Test func sortPutsTheNamedFirst() throws {
    var manager = toyManager
    try manager.sort("toy")
    #expect(manager.formats.map { $0.formatName } == ["TOY", "GREEDY"])
    #expect(throws: IIOError.self) { try manager.sort("nothing") }
  }

  @Test func anAllowListLetsNothingElseIn() throws {
    let manager = try toyManager.allowing(["greedy"])
    #expect(manager.formats.map { $0.formatName } == ["GREEDY"])
    #expect(throws: IIOError.self) { try toyManager.allowing(["nothing"]) }
  }

  @Test func lookupIgnoresCaseAndDots() {
    #expect(toyManager.format(named: "toy")?.formatName == "TOY")
    #expect(toyManager.formats(forExtension: ".TOY").map { $0.formatName } == ["TOY"])
    #expect(toyManager.format(named: "tiff") == nil)
  }
}

@Suite struct ResourceTests {
  @Test(arguments: [
    ("a/b.PNG", "png"), ("b.tar.gz", "gz"), ("file:///x/y%20z.bmp", "bmp"), ("a.b/c", nil),
    (".png", nil), ("a.", nil), ("<bytes>", nil), ("-", nil),
  ])
  func theExtensionIsTheLastSuffix(uri: String, expected: String?) {
    #expect(Resource(uri).fileExtension == expected)
  }

  @Test func fileURIsArePercentDecoded() {
    #expect(Resource("file:///x/y%20z%41%.bmp").name == "/x/y zA%.bmp")
    #expect(Resource("file://localhost/x").name == "/x")
  }
}
