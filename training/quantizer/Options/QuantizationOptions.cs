namespace MnistAdder.OnnxQuantization;

/// <summary>How a model is quantised.</summary>
public sealed record QuantizationOptions
{
    /// <summary>Operators that the model is made of.</summary>
    public QuantizedForm Form { get; init; } = QuantizedForm.Standard;

    /// <summary>How the range of a value is found that its 8 bits stand for.</summary>
    public CalibrationMethod Calibration { get; init; } = CalibrationMethod.SquaredError;

    /// <summary>With <see cref="CalibrationMethod.Percentile"/>: percent of a value's numbers that lie within its range, above 50 and at most 100.</summary>
    public double Percentile { get; init; } = 99.99;

    /// <summary>
    /// How much worse the model may get, at least 0: by <see cref="Loss"/> where there is one, else as the greatest relative error of its outputs
    /// on the calibration data. Layers are left in floats until it is kept.
    /// </summary>
    /// <remarks>
    /// The relative error of an output of floats is the root of its mean squared difference over that of its mean square; of any other output it is
    /// the share of elements that differ.
    /// </remarks>
    public double MaxLoss { get; init; } = 0.1;

    /// <summary>
    /// How much worse a quantised model is than the float one, for instance how many percent fewer images it reads right; null for the
    /// relative error. It gets the contents of an ONNX file, and is called once for each model that is tried.
    /// </summary>
    public Func<ReadOnlyMemory<byte>, double>? Loss { get; init; }

    /// <summary>Whether layers that are no faster in integers on this machine, by measurement, stay in floats.</summary>
    public bool MeasuresTime { get; init; } = true;

    /// <summary>Is told what is being done, a clause; called on the caller's thread.</summary>
    public Action<string>? Progress { get; init; }

    internal void Check()
    {
        if (!(Percentile is > 50 and <= 100))
            throw new ArgumentOutOfRangeException(nameof(Percentile), Percentile, "A percentile is above 50 and at most 100.");
        if (!(MaxLoss >= 0))
            throw new ArgumentOutOfRangeException(nameof(MaxLoss), MaxLoss, "A loss that is allowed is at least 0.");
    }
}

/// <summary>Operators that a quantised model is made of.</summary>
public enum QuantizedForm
{
    /// <summary>ONNX's own operators between QuantizeLinear and DequantizeLinear, which every runtime knows; opset 13 or later.</summary>
    Standard,

    /// <summary>
    /// Operators of ONNX Runtime (domain com.microsoft) with the channels of a pixel side by side: faster on its CPU provider, and for nothing else.
    /// </summary>
    OnnxRuntime,
}

/// <summary>How the range of a value is found that its 8 bits stand for.</summary>
public enum CalibrationMethod
{
    /// <summary>From the least to the greatest number of the calibration data.</summary>
    MinMax,

    /// <summary>Without the outermost numbers, which are cut off: <see cref="QuantizationOptions.Percentile"/>.</summary>
    Percentile,

    /// <summary>The range with the least mean squared difference between the numbers and what their 8 bits stand for.</summary>
    SquaredError,
}
