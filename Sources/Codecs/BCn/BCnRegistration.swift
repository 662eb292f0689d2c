// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  static var bcn: RegisteredCodec {
    RegisteredCodec(
      decoder: BCn.self, name: "bcn", numcodecsID: "imagecodecs_bcn",
      summary: "block-compressed textures",
      decodeParameters: [
        CodecParameter("format", .integer(-6...7), "1 to 7 for BC1 to BC7; -6 is BC6H with sign"),
        CodecParameter("shape", .integers, "height, width"),
      ],
      decodeOptions: { (values) throws(CodecError) in
        let shape = values["shape"]?.arrayValue?.compactMap { $0.intValue } ?? []
        guard shape.count >= 2, let format = BCn.Format(number: values["format"]?.intValue) else {
          throw CodecError(
            .invalidArgument, codec: BCn.name, "there is no such format, or no height and width")
        }
        return BCn.DecodeOptions(format: format, width: shape[1], height: shape[0])
      })
  }
}

extension BCn.Format {
  /// The format that imagecodecs calls by this number.
  fileprivate init?(number: Int?) {
    switch number {
    case 1: self = .bc1
    case 2: self = .bc2
    case 3: self = .bc3
    case 4: self = .bc4
    case 5: self = .bc5
    case 6: self = .bc6h
    case -6: self = .bc6hSigned
    case 7: self = .bc7
    default: return nil
    }
  }
}
