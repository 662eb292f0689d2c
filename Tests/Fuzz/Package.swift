// swift-tools-version: 6.2
import PackageDescription

/// One fuzz target per line: the folder `Targets/<name>`, built as the executable `Fuzz<name>`.
let targetNames = [
  "AEC",
  "APNGRoundTrip",
  "BMP",
  "BMPRoundTrip",
  "DeflateGzipZlibOutline",
  "DeflateRoundTrip",
  "DDS",
  "DICOMRLE",
  "EER",
  "Filters",
  "HDR",
  "Inflate",
  "JPEG",
  "JPEGPush",
  "JPEGRoundTrip",
  "JPEGTransform",
  "LZ4",
  "LZF",
  "LZO",
  "LZW",
  "NarrowFloat",
  "NPY",
  "PackBits",
  "PackInts",
  "PGLZ",
  "PNG",
  "PNGPush",
  "PNGRoundTrip",
  "QOI",
  "RCOMP",
  "SHA256",
  "Snappy",
  "SZIP",
]

let settings: [SwiftSetting] = [
  .enableExperimentalFeature("Lifetimes"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .strictMemorySafety(),
]

let libraries: [Target.Dependency] = [
  .product(name: "Codecs", package: "iio"),
  .product(name: "Containers", package: "iio"),
]

let package = Package(
  name: "iio-fuzz",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "iio", path: "../..")],
  targets: [
    .target(
      name: "FuzzSupport", dependencies: libraries, path: "Support", swiftSettings: settings)
  ]
    + targetNames.map { name in
      .executableTarget(
        name: "Fuzz\(name)", dependencies: ["FuzzSupport"] + libraries, path: "Targets/\(name)",
        swiftSettings: settings)
    },
  swiftLanguageModes: [.v6]
)
