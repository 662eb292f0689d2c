// swift-tools-version: 6.2
import PackageDescription

/// One C library per line: module, what its module map links, pkg-config name, Debian and Homebrew
/// packages. A benchmark that compares with another library adds its line and `Sources/<module>`.
let libraries: [(module: String, pkgConfig: String, apt: String, brew: String)] = [
  ("CZlib", "zlib", "zlib1g-dev", "zlib"),
  ("CLibdeflate", "libdeflate", "libdeflate-dev", "libdeflate"),
  ("CPng", "libpng", "libpng-dev", "libpng"),
  ("CSpng", "spng", "libspng-dev", "libspng"),
  ("CLz4", "liblz4", "liblz4-dev", "lz4"),
  ("CSnappy", "snappy", "libsnappy-dev", "snappy"),
  ("CLzf", "liblzf", "liblzf-dev", "liblzf"),
  ("CAec", "libaec", "libaec-dev", "libaec"),
  ("CTiff", "libtiff-4", "libtiff-dev", "libtiff"),
  ("CJpeg", "libjpeg", "libjpeg62-turbo-dev", "jpeg-turbo"),
]

let package = Package(
  name: "iio-benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "iio", path: "..")],
  targets: libraries.map { library in
    .systemLibrary(
      name: library.module, pkgConfig: library.pkgConfig,
      providers: [.apt([library.apt]), .brew([library.brew])])
  } + [
    .executableTarget(
      name: "codec-bench",
      dependencies: [
        .product(name: "Codecs", package: "iio"), .product(name: "Containers", package: "iio"),
        .product(name: "IIO", package: "iio"),
      ] + libraries.map { .target(name: $0.module) },
      swiftSettings: [
        .enableExperimentalFeature("Lifetimes"),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
