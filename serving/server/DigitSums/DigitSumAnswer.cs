using System.Runtime.InteropServices;
using System.Text.Json;
using MnistAdder.Server.Protocol;
using MnistAdder.Serving;
using MnistAdder.Serving.DigitSums;

namespace MnistAdder.Server.DigitSums;

/// <summary>What the model makes of a picture and a number, or why it makes nothing of them; members have the names of <c>score</c>'s columns.</summary>
internal sealed class DigitSumAnswer
{
    private DigitSumAnswer()
    {
    }

    /// <summary>Why there is no answer; null where there is one.</summary>
    public string? Error { get; private init; }

    private string? Warning { get; init; }

    private long Digit { get; init; }

    private long Sum { get; init; }

    private float[] DigitProbabilities { get; init; } = [];

    private float[] SumProbabilities { get; init; } = [];

    private byte[]? Pixels { get; init; }

    /// <summary>An answer.</summary>
    /// <param name="outputs">The model's outputs for one row.</param>
    /// <param name="warnings">What casts doubt on the picture.</param>
    /// <param name="pixels">The 784 levels that the model was given, where they are wanted.</param>
    public static DigitSumAnswer Of(IReadOnlyList<Tensor> outputs, ImageWarnings warnings, byte[]? pixels)
    {
        ReadOnlySpan<byte> Data(string name) => outputs.First(output => output.Name == name).Data.Span;
        var answer = new DigitSumAnswer
        {
            Digit = MemoryMarshal.Read<long>(Data(ModelContract.Digit)),
            DigitProbabilities = MemoryMarshal.Cast<byte, float>(Data(ModelContract.DigitProbabilities)).ToArray(),
            Sum = MemoryMarshal.Read<long>(Data(ModelContract.Sum)),
            SumProbabilities = MemoryMarshal.Cast<byte, float>(Data(ModelContract.SumProbabilities)).ToArray(),
            Warning = warnings.ToText(),
            Pixels = pixels,
        };
        return DigitSumBatch.Violation(answer.Digit, answer.DigitProbabilities, answer.Sum, answer.SumProbabilities) is { } violation
            ? Failed($"the model isn't a digit-sum model: {violation}")
            : answer;
    }

    /// <summary>No answer.</summary>
    /// <param name="error">Why, a clause.</param>
    public static DigitSumAnswer Failed(string error) => new() { Error = error };

    /// <summary>Writes the members of an object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        if (Error is null)
        {
            json.WriteNumber("digit", Digit);
            json.WriteNumber("digit_confidence", DigitProbabilities[Digit]);
            Write(json, "digit_probability", DigitProbabilities);
            json.WriteNumber("sum", Sum);
            json.WriteNumber("sum_confidence", SumProbabilities[Sum]);
            Write(json, "sum_probability", SumProbabilities);
        }
        else
        {
            foreach (string name in (string[])["digit", "digit_confidence", "digit_probability", "sum", "sum_confidence", "sum_probability"])
                json.WriteNull(name);
        }

        json.WriteString("error", Error);
        json.WriteString("warning", Warning);
        if (Pixels is null)
            return;
        json.WriteStartArray("pixels");
        foreach (byte level in Pixels)
            json.WriteNumberValue(level);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, float[] probabilities)
    {
        json.WriteStartArray(name);
        foreach (float probability in probabilities)
            json.WriteNumberValue(probability);
        json.WriteEndArray();
    }
}
