// swift-tools-version: 6.2
import PackageDescription

/// One setting list for every target: same language, same strictness everywhere.
let settings: [SwiftSetting] = [
  .enableExperimentalFeature("Lifetimes"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .strictMemorySafety(),
]

/// Targets with loops over samples are optimised in debug builds too: a decoder at `-Onone` is
/// 35 to 2,500 times slower. `BuiltinModule` serves the few primitives of `Core/Lanes.swift`.
let codecSettings: [SwiftSetting] =
  settings + [
    .enableExperimentalFeature("BuiltinModule"),
    .unsafeFlags(["-O"], .when(configuration: .debug)),
    // SwiftPM keeps a register for the frame pointer on Linux: 2 % of inflate's speed, and more of others'.
    .unsafeFlags(
      ["-Xcc", "-Xclang", "-Xcc", "-mframe-pointer=none"],
      .when(platforms: [.linux], configuration: .release)),
  ]

/// Instructions that plain x86-64 lacks; `Codecs` asks the processor before it calls such code.
func x86Settings(_ features: String...) -> [SwiftSetting] {
  let flags = features.flatMap { ["-Xclang", "-target-feature", "-Xclang", "+\($0)"] }
  return codecSettings + [
    .unsafeFlags(flags.flatMap { ["-Xcc", $0] }, .when(platforms: [.linux]))
  ]
}

let package = Package(
  name: "iio",
  platforms: [.macOS(.v26)],
  products: [
    .library(name: "Codecs", targets: ["Codecs"]),
    .library(name: "Containers", targets: ["Containers"]),
    .library(name: "IIO", targets: ["IIO"]),
    .executable(name: "iio", targets: ["iio-cli"]),
    .library(name: "iiocodecs", type: .dynamic, targets: ["CABI"]),
    .library(name: "iiocodecs-static", type: .static, targets: ["CABI"]),
  ],
  targets: [
    .target(name: "X86Kernels", swiftSettings: x86Settings("pclmul", "xsave")),
    .target(name: "X86WideKernels", swiftSettings: x86Settings("avx2", "vpclmulqdq")),
    .target(
      name: "Codecs",
      dependencies: [
        .target(name: "X86Kernels", condition: .when(platforms: [.linux])),
        .target(name: "X86WideKernels", condition: .when(platforms: [.linux])),
      ],
      swiftSettings: codecSettings),
    .target(name: "Containers", dependencies: ["Codecs"], swiftSettings: codecSettings),
    .target(name: "IIO", dependencies: ["Codecs", "Containers"], swiftSettings: settings),
    .target(
      name: "CABI", dependencies: ["IIO", "Codecs"], exclude: ["iiocodecs.h"],
      swiftSettings: settings),
    .executableTarget(name: "iio-cli", dependencies: ["IIO", "Codecs"], swiftSettings: settings),
    .target(
      name: "TestSupport", dependencies: ["Codecs"], path: "Tests/TestSupport",
      swiftSettings: settings),
    .testTarget(
      name: "CodecsTests", dependencies: ["Codecs", "TestSupport"], swiftSettings: settings),
    .testTarget(name: "IIOTests", dependencies: ["IIO", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "CommandTests", dependencies: ["iio-cli", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "ConformanceTests", dependencies: ["IIO", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "ProjectTests", dependencies: ["IIO", "TestSupport"], exclude: ["unsafe.txt"],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
