using System.Text.Json;
using System.Text.Json.Serialization;

namespace MnistAdder.Serving.Prediction;

/// <summary>A probability in JSON, which has no NaN: null stands for it.</summary>
internal sealed class ProbabilityConverter : JsonConverter<float>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override float Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? float.NaN : reader.GetSingle();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, float value, JsonSerializerOptions options)
    {
        if (!float.IsFinite(value))
            writer.WriteNullValue();
        else
            writer.WriteNumberValue(value);
    }
}

/// <summary>Probabilities of classes in JSON: null where there are none.</summary>
/// <param name="classes">How many classes there are.</param>
internal abstract class ProbabilitiesConverter(int classes) : JsonConverter<IReadOnlyList<float>>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override IReadOnlyList<float> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return [.. Enumerable.Repeat(float.NaN, classes)];
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("Probabilities are an array of numbers, or null.");
        var probabilities = new List<float>(classes);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            probabilities.Add(reader.TokenType == JsonTokenType.Number ? reader.GetSingle() : throw new JsonException("A probability is a number."));
        return probabilities;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<float> value, JsonSerializerOptions options)
    {
        if (!value.All(float.IsFinite))
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteStartArray();
        foreach (float probability in value)
            writer.WriteNumberValue(probability);
        writer.WriteEndArray();
    }
}

/// <summary>The ten digits' probabilities.</summary>
internal sealed class DigitProbabilitiesConverter() : ProbabilitiesConverter(ModelContract.DigitClasses);

/// <summary>The nineteen sums' probabilities.</summary>
internal sealed class SumProbabilitiesConverter() : ProbabilitiesConverter(ModelContract.SumClasses);
