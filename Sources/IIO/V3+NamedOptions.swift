// SPDX-License-Identifier: Apache-2.0

public import Codecs

// The functions of V3.swift with options as on the command line: `options: ["quality": 85]`.

/// Reads an image, with options by name.
public func imread(
  _ resource: Resource, index: ImageIndex = .automatic, plugin: String? = nil,
  extension fileExtension: String? = nil, options: Metadata, policy: DecodePolicy = .default,
  manager: FormatManager = .current
) throws(IIOError) -> NDArray {
  try imread(
    resource, index: index, plugin: plugin, extension: fileExtension,
    options: NamedOptions(options), policy: policy, manager: manager)
}

/// Writes an image, or a batch of images along the first axis, with options by name.
@discardableResult
public func imwrite(
  _ resource: Resource, _ image: NDArray, plugin: String? = nil,
  extension fileExtension: String? = nil, metadata: Metadata = [:], options: Metadata,
  manager: FormatManager = .current
) throws(IIOError) -> [UInt8]? {
  try imwrite(
    resource, image, plugin: plugin, extension: fileExtension, metadata: metadata,
    options: NamedOptions(options), manager: manager)
}

/// Opens an image resource, with options by name.
public func imopen(
  _ resource: Resource, _ mode: ImageFile.Mode, plugin: String? = nil,
  extension fileExtension: String? = nil, options: Metadata, policy: DecodePolicy = .default,
  manager: FormatManager = .current
) throws(IIOError) -> ImageFile {
  try imopen(
    resource, mode, plugin: plugin, extension: fileExtension, options: NamedOptions(options),
    policy: policy, manager: manager)
}
