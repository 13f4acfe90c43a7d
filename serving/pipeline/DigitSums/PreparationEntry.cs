using System.Text.Json;
using System.Text.Json.Serialization;
using MnistAdder.OnnxBatching;

namespace MnistAdder.Serving.DigitSums;

/// <summary>
/// The entry <c>MnistAdder/preparation.json</c> of a saved model: what the digit-sum transforms in it have beyond the stock pipelines
/// that they are saved as. Stock ML.NET ignores it.
/// </summary>
/// <param name="Version">The version of this format, 1.</param>
/// <param name="Transforms">One for each digit-sum transform.</param>
internal sealed record PreparationEntry(int Version, IReadOnlyList<PreparationEntry.Transform> Transforms)
{
    /// <summary>The entry's name in the zip file.</summary>
    public const string Name = "MnistAdder/preparation.json";

    private const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Describes transforms.</summary>
    /// <param name="transforms">Folders in the zip file, and what was saved there.</param>
    public static PreparationEntry Of(IEnumerable<(string Folder, DigitSumOptions Options)> transforms) =>
        new(CurrentVersion, [.. transforms.Select(saved => Transform.Of(saved.Folder, saved.Options))]);

    /// <summary>The entry's text.</summary>
    public string ToText() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads an entry.</summary>
    /// <exception cref="InvalidDataException">The text isn't such an entry.</exception>
    public static PreparationEntry Parse(string text, string path)
    {
        try
        {
            if (JsonSerializer.Deserialize<PreparationEntry>(text, Json) is not { Version: CurrentVersion } entry)
                throw new InvalidDataException($"The entry '{Name}' of '{path}' isn't of version {CurrentVersion}.");
            bool isInOrder = !entry.Transforms.Contains(null!) && entry.Transforms.DistinctBy(transform => transform.Folder).Count() == entry.Transforms.Count;
            return isInOrder ? entry : throw new InvalidDataException($"The entry '{Name}' of '{path}' doesn't describe each transform once.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"The entry '{Name}' of '{path}' can't be read: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    /// <summary>One digit-sum transform.</summary>
    /// <param name="Folder">The folder of the stock pipeline that it is saved as.</param>
    /// <param name="Preparation">See <see cref="DigitSumOptions.Preparation"/>.</param>
    /// <param name="ImageColumn">See <see cref="DigitSumOptions.ImageColumn"/>.</param>
    /// <param name="NumberColumn">See <see cref="DigitSumOptions.NumberColumn"/>.</param>
    /// <param name="ImageFolder">See <see cref="DigitSumOptions.ImageFolder"/>.</param>
    /// <param name="Columns">See <see cref="DigitSumOptions.Columns"/>.</param>
    internal sealed record Transform(
        string Folder,
        ImagePreparation Preparation,
        string ImageColumn,
        string NumberColumn,
        string? ImageFolder,
        DigitSumColumns Columns)
    {
        /// <summary>Describes a transform.</summary>
        public static Transform Of(string folder, DigitSumOptions options) =>
            new(folder, options.Preparation, options.ImageColumn, options.NumberColumn, options.ImageFolder, options.Columns);

        /// <summary>The options of a loaded transform.</summary>
        public DigitSumOptions ToOptions(InferenceOptions inference) => new()
        {
            Preparation = Preparation,
            ImageColumn = ImageColumn,
            NumberColumn = NumberColumn,
            ImageFolder = ImageFolder,
            Columns = Columns,
            Inference = inference,
        };
    }
}
