// SPDX-License-Identifier: Apache-2.0

extension JPEG {
  /// Where the blocks of a frame's components lie. Source: T.81 A.1.1, A.2.
  struct FrameLayout: Sendable, Equatable {
    struct Component: Sendable, Equatable {
      var horizontalSampling: Int
      var verticalSampling: Int
      /// Samples across and down.
      var width: Int
      var height: Int
      /// Blocks that hold samples: all that a scan of this component alone codes.
      var blocksAcross: Int
      var blocksDown: Int
      /// Blocks that an interleaved scan codes: whole MCUs.
      var paddedBlocksAcross: Int
      var paddedBlocksDown: Int
    }

    var width: Int
    var height: Int
    /// The largest factors of any component.
    var horizontalSampling: Int
    var verticalSampling: Int
    /// MCUs of a scan of all components.
    var unitsAcross: Int
    var unitsDown: Int
    var components: [Component]

    /// The factors of a component that is alone say nothing: its MCU is one block.
    ///
    /// - Precondition: the frame has components, with sampling factors of 1 to 4.
    init(_ frame: FrameHeader) {
      var frame = frame
      if frame.components.count == 1 {
        frame.components[0].horizontalSampling = 1
        frame.components[0].verticalSampling = 1
      }
      width = frame.width
      height = frame.height
      let across = frame.components.map { $0.horizontalSampling }.max() ?? 1
      let down = frame.components.map { $0.verticalSampling }.max() ?? 1
      horizontalSampling = across
      verticalSampling = down
      let unitsAcross = Self.quotient(frame.width, 8 * across)
      let unitsDown = Self.quotient(frame.height, 8 * down)
      self.unitsAcross = unitsAcross
      self.unitsDown = unitsDown
      components = frame.components.map { component in
        let (h, v) = (component.horizontalSampling, component.verticalSampling)
        return Component(
          horizontalSampling: h, verticalSampling: v,
          width: Self.quotient(frame.width * h, across),
          height: Self.quotient(frame.height * v, down),
          blocksAcross: Self.quotient(frame.width * h, 8 * across),
          blocksDown: Self.quotient(frame.height * v, 8 * down),
          paddedBlocksAcross: unitsAcross * h, paddedBlocksDown: unitsDown * v)
      }
    }

    /// `a / b`, rounded up.
    static func quotient(_ a: Int, _ b: Int) -> Int { (a + b - 1) / b }
  }
}
