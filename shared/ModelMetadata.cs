using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MnistAdder;

/// <summary>What <c>model.onnx</c> says of its own origin, in the file's metadata properties.</summary>
/// <param name="Dataset"><c>mnist</c>, <c>synthetic</c>, the content hash of a folder of other IDX files (<c>idx-…</c>) or of pictures (<c>pictures-…</c>), or <see cref="UnknownDataset"/>.</param>
/// <param name="Recipe">Name of the training recipe, for instance <c>seed</c>.</param>
/// <param name="Seed">Seed of every random generator of the training run; null where the weights came without it.</param>
/// <param name="Epochs">Epochs trained; null where the weights came without it.</param>
/// <param name="Parameters">Number of trainable parameters.</param>
/// <param name="DigitAccuracy">Share of verification images whose digit is right, 0…1.</param>
/// <param name="SumAccuracy">Share of (image, addend) pairs over all ten addends whose sum is right, 0…1.</param>
/// <param name="EvaluatedOn">What the two accuracies were measured on: <c>test</c>, <c>validation</c> or <c>training</c> images, or the name of another test set.</param>
/// <param name="Date">When the model was written, UTC.</param>
internal sealed record ModelMetadata(
    string Dataset,
    string Recipe,
    long? Seed,
    int? Epochs,
    int Parameters,
    double DigitAccuracy,
    double SumAccuracy,
    string EvaluatedOn,
    DateTimeOffset Date)
{
    /// <summary>What <see cref="Dataset"/> is where the weights came without saying what they were trained on.</summary>
    public const string UnknownDataset = "unknown";

    /// <summary>What <see cref="Dataset"/> is where the digits were drawn by the program.</summary>
    public const string SyntheticDataset = "synthetic";

    /// <summary>The property of <see cref="Dataset"/>.</summary>
    public const string DatasetKey = "dataset";

    /// <summary>The property of <see cref="Recipe"/>.</summary>
    public const string RecipeKey = "recipe";

    /// <summary>The property of <see cref="Seed"/>.</summary>
    public const string SeedKey = "seed";

    /// <summary>The property of <see cref="Epochs"/>.</summary>
    public const string EpochsKey = "epochs";

    /// <summary>The property that says, in words, which layers of a quantised model are in integers.</summary>
    public const string QuantizationKey = "quantization";

    private const string ParametersKey = "parameters";
    private const string DigitAccuracyKey = "digit_accuracy";
    private const string SumAccuracyKey = "sum_accuracy";
    private const string EvaluatedOnKey = "evaluated_on";
    private const string DateKey = "date";
    private const string FloatDigitAccuracyKey = "float_digit_accuracy";
    private const string FloatSumAccuracyKey = "float_sum_accuracy";

    /// <summary>The metadata as the key and value strings that the ONNX file holds, in a fixed order.</summary>
    /// <returns>Keys and values, numbers and dates in the invariant culture; what is unknown is left out.</returns>
    public IReadOnlyList<KeyValuePair<string, string>> ToProperties() =>
    [
        new(DatasetKey, Dataset),
        new(RecipeKey, Recipe),
        .. Number(SeedKey, Seed),
        .. Number(EpochsKey, Epochs),
        new(ParametersKey, Parameters.ToString(CultureInfo.InvariantCulture)),
        .. Accuracies(DigitAccuracy, SumAccuracy, EvaluatedOn),
        new(DateKey, Date.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
    ];

    /// <summary>The properties of both accuracies, for a model that is judged anew.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Accuracies(double digit, double sum, string evaluatedOn) =>
        [new(DigitAccuracyKey, Share(digit)), new(SumAccuracyKey, Share(sum)), new(EvaluatedOnKey, evaluatedOn)];

    /// <summary>The properties of what both accuracies were on the same images before a model was quantised.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> FloatAccuracies(double digit, double sum) =>
        [new(FloatDigitAccuracyKey, Share(digit)), new(FloatSumAccuracyKey, Share(sum))];

    /// <summary>Reads both accuracies of the float model that a quantised one was made of.</summary>
    public static bool TryFloatAccuracies(IReadOnlyDictionary<string, string> properties, out double digit, out double sum) =>
        TryNumber(properties, FloatDigitAccuracyKey, out digit) & TryNumber(properties, FloatSumAccuracyKey, out sum);

    /// <summary>Reads the metadata back from the properties of an ONNX file.</summary>
    /// <param name="properties">The file's metadata properties; others than this record's are ignored.</param>
    /// <param name="metadata">The metadata, where every property is there and has the right form.</param>
    /// <returns>Whether it could be read; a model of somebody else's has no such metadata.</returns>
    public static bool TryParse(IReadOnlyDictionary<string, string> properties, [NotNullWhen(true)] out ModelMetadata? metadata)
    {
        ArgumentNullException.ThrowIfNull(properties);
        metadata = null;
        if (!properties.TryGetValue(DatasetKey, out string? dataset)
            || !properties.TryGetValue(RecipeKey, out string? recipe)
            || !properties.TryGetValue(EvaluatedOnKey, out string? evaluatedOn)
            || !TryOptional(properties, SeedKey, out long? seed)
            || !TryOptional(properties, EpochsKey, out int? epochs)
            || !TryNumber(properties, ParametersKey, out int parameters)
            || !TryNumber(properties, DigitAccuracyKey, out double digitAccuracy)
            || !TryNumber(properties, SumAccuracyKey, out double sumAccuracy)
            || !properties.TryGetValue(DateKey, out string? dateText)
            || !DateTimeOffset.TryParse(dateText, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date))
        {
            return false;
        }

        metadata = new ModelMetadata(dataset, recipe, seed, epochs, parameters, digitAccuracy, sumAccuracy, evaluatedOn, date);
        return true;
    }

    private static string Share(double share) => share.ToString("0.######", CultureInfo.InvariantCulture);

    private static IEnumerable<KeyValuePair<string, string>> Number(string key, long? value)
    {
        if (value is { } known)
            yield return new(key, known.ToString(CultureInfo.InvariantCulture));
    }

    private static bool TryOptional<T>(IReadOnlyDictionary<string, string> properties, string key, out T? value)
        where T : struct, IParsable<T>
    {
        value = null;
        if (!properties.ContainsKey(key))
            return true;
        bool isRead = TryNumber(properties, key, out T number);
        value = number;
        return isRead;
    }

    private static bool TryNumber<T>(IReadOnlyDictionary<string, string> properties, string key, out T value)
        where T : struct, IParsable<T>
    {
        value = default;
        return properties.TryGetValue(key, out string? text) && T.TryParse(text, CultureInfo.InvariantCulture, out value);
    }
}
