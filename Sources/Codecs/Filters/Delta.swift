// SPDX-License-Identifier: Apache-2.0

/// Differences of neighbours along an axis: TIFF predictor 2, and 34892 and 34893 with a distance.
///
/// Elements are subtracted as unsigned integers, floats by their bits; decoding sums them up.
///
/// Source: TIFF 6.0 specification, section 14; DNG 1.4 specification, "Predictor".
public enum Delta: DifferenceFilter {
  public static var name: CodecError.Name { "delta" }
  public static var difference: Difference { .subtraction }
}
