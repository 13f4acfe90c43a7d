using MnistAdder.OnnxBatching;
using MnistAdder.OnnxBatching.Inference;
using MnistAdder.OnnxBatching.Models;

namespace MnistAdder.Serving.DigitSums;

/// <summary>Opens sessions of models that keep the contract of <see cref="ModelContract"/>.</summary>
internal static class DigitSumSession
{
    /// <summary>Bytes of one row's tensors.</summary>
    public const int RowBytes =
        MnistGeometry.PixelCount + (3 * sizeof(long)) + ((ModelContract.DigitClasses + ModelContract.SumClasses) * sizeof(float));

    private static readonly TensorSignature[] Inputs =
    [
        new(ModelContract.Image, typeof(byte), [-1, 1, MnistGeometry.Side, MnistGeometry.Side]),
        new(ModelContract.Number, typeof(long), [-1, 1]),
    ];

    private static readonly TensorSignature[] Outputs =
    [
        new(ModelContract.Digit, typeof(long), [-1]),
        new(ModelContract.DigitProbabilities, typeof(float), [-1, ModelContract.DigitClasses]),
        new(ModelContract.Sum, typeof(long), [-1]),
        new(ModelContract.SumProbabilities, typeof(float), [-1, ModelContract.SumClasses]),
    ];

    /// <summary>Opens a session and checks the contract.</summary>
    /// <param name="source">The model.</param>
    /// <param name="options">How it is run.</param>
    /// <param name="log">Receives a sentence where rows can't be run together.</param>
    /// <exception cref="FileNotFoundException">The file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">It is no ONNX model, or one with other tensors.</exception>
    /// <exception cref="InvalidOperationException">CUDA was asked for and can't be had.</exception>
    public static BatchSession Open(ModelSource source, InferenceOptions options, Action<string>? log = null)
    {
        BatchSession session = BatchSession.Open(source, options, out ModelOutline outline);
        if (Difference(session) is not { } difference)
        {
            session.SetRows(() => RowIndependence.Of(session, outline, Inputs, Outputs, log));
            return session;
        }

        session.Dispose();
        throw new InvalidDataException($"'{session.Name}' is not a digit-sum model: {difference}.");
    }

    /// <summary>Whether a session keeps the contract.</summary>
    /// <returns>The first thing in which it doesn't, or <see langword="null"/>.</returns>
    public static string? Difference(BatchSession session)
    {
        if (session.Inputs.Count != Inputs.Length)
            return $"it has {session.Inputs.Count} inputs instead of {Inputs.Length}";
        return Difference("input", session.Inputs, Inputs) ?? Difference("output", session.Outputs, Outputs);
    }

    private static string? Difference(string kind, IReadOnlyList<TensorSignature> found, TensorSignature[] expected)
    {
        foreach (TensorSignature tensor in expected)
        {
            TensorSignature? actual = found.FirstOrDefault(candidate => candidate.Name == tensor.Name);
            if (actual is null)
                return $"it has no {kind} '{tensor.Name}' ({tensor})";
            if (actual.ElementType != tensor.ElementType || !actual.Dimensions.SequenceEqual(tensor.Dimensions))
                return $"its {kind} '{tensor.Name}' is {actual} instead of {tensor}";
        }

        return null;
    }
}
