// SPDX-License-Identifier: Apache-2.0

#if canImport(Codecs)
  internal import Codecs
#endif

extension RegisteredCodec {
  /// Name, abilities and parameters as a JSON object.
  var json: String {
    let id = numcodecsID.map { quoted($0) } ?? "null"
    let format = formatName.map { quoted($0) } ?? "null"
    let fields = [
      "\"name\":" + quoted(name), "\"numcodecs\":" + id, "\"format\":" + format,
      "\"summary\":" + quoted(summary),
      "\"encode\":" + (encode == nil ? "false" : "true"),
      "\"decode\":" + (decode == nil ? "false" : "true"),
      "\"encode_parameters\":" + list(encodeParameters),
      "\"decode_parameters\":" + list(decodeParameters),
    ]
    return "{" + fields.joined(separator: ",") + "}"
  }

  private func list(_ parameters: [CodecParameter]) -> String {
    "[" + parameters.map { $0.json }.joined(separator: ",") + "]"
  }
}

extension CodecParameter {
  fileprivate var json: String {
    var fields = ["\"name\":" + quoted(name), "\"summary\":" + quoted(summary)]
    switch kind {
    case .integer(let range):
      fields += [
        "\"kind\":\"integer\"", "\"min\":\(range.lowerBound)", "\"max\":\(range.upperBound)",
      ]
    case .real: fields += ["\"kind\":\"real\""]
    case .flag: fields += ["\"kind\":\"flag\""]
    case .choice(let names):
      let all = names.map { quoted($0) }.joined(separator: ",")
      fields += ["\"kind\":\"choice\"", "\"choices\":[" + all + "]"]
    case .integers: fields += ["\"kind\":\"integers\""]
    case .bytes: fields += ["\"kind\":\"bytes\""]
    }
    return "{" + fields.joined(separator: ",") + "}"
  }
}

/// `text` as a JSON string.
private func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    if scalar == "\"" || scalar == "\\" { result.unicodeScalars.append("\\") }
    // The registry's texts hold no control characters.
    result.unicodeScalars.append(scalar)
  }
  return result + "\""
}
