namespace MnistAdder;

/// <summary>
/// The names, types and shapes of <c>model.onnx</c>: what the trainer writes and what everything that serves relies on.
/// </summary>
/// <remarks>
/// <para>Inputs: <see cref="Image"/> uint8 [batch, 1, 28, 28] and <see cref="Number"/> int64 [batch, 1].</para>
/// <para>
/// Outputs: <see cref="Digit"/> int64 [batch], <see cref="DigitProbabilities"/> float [batch, 10], <see cref="Sum"/> int64 [batch]
/// and <see cref="SumProbabilities"/> float [batch, 19].
/// </para>
/// Normalisation, one-hot encoding, softmax and argmax are inside the graph.
/// </remarks>
internal static class ModelContract
{
    /// <summary>Input: raw grey levels in MNIST geometry, uint8 [batch, 1, 28, 28]; 0 is background, 255 is full ink.</summary>
    public const string Image = "image";

    /// <summary>Input: the number to add, int64 [batch, 1], 0…9. Rank 2, since stock ML.NET feeds a scalar column as [1, 1].</summary>
    public const string Number = "number";

    /// <summary>Output: the most likely digit, int64 [batch], 0…9.</summary>
    public const string Digit = "digit";

    /// <summary>Output: a probability for each digit, float [batch, 10]; each row sums to 1.</summary>
    public const string DigitProbabilities = "digit_probabilities";

    /// <summary>Output: the most likely sum, int64 [batch], 0…18.</summary>
    public const string Sum = "sum";

    /// <summary>Output: a probability for each sum, float [batch, 19]; each row sums to 1.</summary>
    public const string SumProbabilities = "sum_probabilities";

    /// <summary>The name of the first dimension of every tensor.</summary>
    public const string BatchDimension = "batch";

    /// <summary>Number of digit classes: 0…9. The numbers to add are the same ten.</summary>
    public const int DigitClasses = 10;

    /// <summary>Number of sum classes: 0…18.</summary>
    public const int SumClasses = 19;

    /// <summary>The ONNX operator set that the model is written in.</summary>
    public const int Opset = 17;

    /// <summary>The ONNX intermediate representation version of the file.</summary>
    public const int IrVersion = 8;

    /// <summary>Mean of the grey levels of MNIST's training images on a scale of 0…1; subtracted inside the graph.</summary>
    public const float PixelMean = 0.1307f;

    /// <summary>Standard deviation of the grey levels of MNIST's training images on a scale of 0…1; divided by inside the graph.</summary>
    public const float PixelStandardDeviation = 0.3081f;
}
