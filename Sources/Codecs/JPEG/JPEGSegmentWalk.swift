// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// A stretch of a file: a marker with its segment, or what lies between markers.
  struct Stretch: Sendable {
    enum Content: Sendable, Equatable {
      /// A marker that stands alone.
      case marker(Marker)
      /// A marker, a length and a payload.
      case segment(Marker, payload: Range<Int>)
      /// Entropy-coded data.
      case data
      /// FF before a marker.
      case fill
      /// Bytes that belong to nothing.
      case garbage
      /// A segment that the end of the file cuts off.
      case cutOff(Marker)
    }
    var content: Content
    var range: Range<Int>
  }

  /// Takes a file apart without decoding: for metadata and outlines. Every byte is in one stretch.
  struct SegmentWalk: ~Escapable {
    let source: RawSpan
    private(set) var offset = 0
    /// Whether entropy-coded data come next.
    private var isInData = false

    @_lifetime(copy source)
    init(_ source: RawSpan) { self.source = source }

    /// The next stretch, or `nil` at the end.
    @_lifetime(self: copy self)
    mutating func next() -> Stretch? {
      let (start, end) = (offset, source.byteCount)
      guard start < end else { return nil }
      if isInData {
        isInData = false
        var i = start
        _ = JPEG.skipToMarker(in: source, at: &i, isFinal: true)
        // FF before the marker's own is filling.
        while i > start, source[byteAt: i - 1] == 0xFF { i -= 1 }
        if i > start { return take(.data, to: i) }
      }
      guard source[byteAt: start] == 0xFF, start + 1 < end else {
        var i = start + 1
        while i < end, source[byteAt: i] != 0xFF { i += 1 }
        return take(.garbage, to: i)
      }
      let marker = Marker(rawValue: source[byteAt: start + 1])
      if marker.rawValue == 0xFF { return take(.fill, to: start + 1) }
      if marker.rawValue == 0 { return take(.garbage, to: start + 2) }
      if marker.standsAlone {
        isInData = marker.restartNumber != nil
        return take(.marker(marker), to: start + 2)
      }
      guard start + 4 <= end else { return take(.cutOff(marker), to: end) }
      let length = Int(UInt16(bigEndian: source.loadUnaligned(UInt16.self, at: start + 2)))
      guard length >= 2, start + 2 + length <= end else {
        return take(.cutOff(marker), to: length < 2 ? start + 4 : end)
      }
      isInData = marker == .sos
      let next = start + 2 + length
      return take(.segment(marker, payload: start + 4..<next), to: next)
    }

    @_lifetime(self: copy self)
    private mutating func take(_ content: Stretch.Content, to end: Int) -> Stretch {
      let range = offset..<end
      offset = end
      return Stretch(content: content, range: range)
    }
  }
}
