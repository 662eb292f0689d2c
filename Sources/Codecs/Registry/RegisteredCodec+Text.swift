// SPDX-License-Identifier: Apache-2.0

extension RegisteredCodec {
  /// Which of `parameters` is wrong, and what it may be; `nil` when none is.
  public func complaint(about parameters: Metadata, isEncoding: Bool) -> String? {
    let known = isEncoding ? encodeParameters : decodeParameters
    for (key, value) in parameters.fields {
      guard let parameter = known.first(where: { $0.name == key }) else {
        let names = known.map { $0.name }.joined(separator: ", ")
        let others = names.isEmpty ? "there are none" : "it has \(names)"
        return "\(name) has no parameter '\(key)' here; \(others)"
      }
      if !parameter.accepts(value) {
        return "\(name): \(key) has to be \(key)=\(parameter.kindText)"
      }
    }
    return nil
  }
}

extension CodecParameter {
  /// What a value may be, e.g. `1…12` or `true|false`.
  public var kindText: String {
    switch kind {
    case .integer(let range):
      range.upperBound == .max
        ? "\(range.lowerBound)…" : "\(range.lowerBound)…\(range.upperBound)"
    case .real(let range): "\(range.lowerBound)…\(range.upperBound)"
    case .flag: "true|false"
    case .choice(let names): names.joined(separator: "|")
    case .integers: "N,N,…"
    case .bytes: "TEXT"
    }
  }
}
