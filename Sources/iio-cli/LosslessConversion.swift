// SPDX-License-Identifier: Apache-2.0

internal import IIO

extension Command {
  /// `iio convert --lossless`: the coefficients of a JPEG file move, and nothing is decoded.
  static func convertLosslessly(_ arguments: Arguments) throws(Failure) -> ExitCode {
    let (input, output) = (arguments.files[0], arguments.files[1])
    for name in ["to", "index", "all", "dtype", "read-option"] where arguments.has(name) {
      throw Failure(.usage, "--lossless and --\(name) exclude each other")
    }
    let (pairs, policy) = (try arguments.pairs("option"), try arguments.policy())
    var diagnostics = Diagnostics()
    let result: [UInt8]
    do throws(IIOError) {
      let source = try Resource(input).load(limits: policy.limits)
      do throws(CodecError) {
        var options = try JPEG.TransformOptions(pairs)
        if arguments.has("strip") { options.kept = .none }
        result = try JPEG.transform(
          source.span, options: options, policy: policy, diagnostics: &diagnostics)
      } catch {
        throw .codec(error, format: JPEG.formatName)
      }
    } catch {
      throw Failure(reading: input, error)
    }
    do throws(IIOError) { try Resource(output).replaceContent(with: result) } catch {
      throw Failure(writing: output, error)
    }
    return diagnostics.tell(of: input)
  }
}
