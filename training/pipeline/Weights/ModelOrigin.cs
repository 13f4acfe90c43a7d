using System.Globalization;
using MnistAdder.Training.Recipes;

namespace MnistAdder.Training.Weights;

/// <summary>Where a network's weights come from, as far as it is known.</summary>
/// <param name="Dataset">The dataset trained on, or <see cref="ModelMetadata.UnknownDataset"/>.</param>
/// <param name="Recipe">The recipe whose network it is.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Epochs">Epochs trained.</param>
internal sealed record ModelOrigin(string Dataset, string Recipe, long? Seed, int? Epochs)
{
    /// <summary>A run of this trainer.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="epochs">Epochs done.</param>
    public static ModelOrigin Of(RunSettings settings, int epochs) => new(settings.Dataset, settings.Recipe, settings.Seed, epochs);

    /// <summary>What a weights file says of itself.</summary>
    /// <param name="properties">Its texts by name, as <see cref="ToProperties"/> gives them; a stranger's has none of them.</param>
    /// <param name="recipe">The recipe whose network its tensors fit.</param>
    public static ModelOrigin From(IReadOnlyDictionary<string, string> properties, string recipe) => new(
        properties.GetValueOrDefault(ModelMetadata.DatasetKey, ModelMetadata.UnknownDataset),
        recipe,
        Number<long>(properties, ModelMetadata.SeedKey),
        Number<int>(properties, ModelMetadata.EpochsKey));

    /// <summary>The texts that a weights file carries.</summary>
    public Dictionary<string, string> ToProperties()
    {
        var properties = new Dictionary<string, string> { [ModelMetadata.DatasetKey] = Dataset, [ModelMetadata.RecipeKey] = Recipe };
        if (Seed is { } seed)
            properties[ModelMetadata.SeedKey] = seed.ToString(CultureInfo.InvariantCulture);
        if (Epochs is { } epochs)
            properties[ModelMetadata.EpochsKey] = epochs.ToString(CultureInfo.InvariantCulture);
        return properties;
    }

    private static T? Number<T>(IReadOnlyDictionary<string, string> properties, string key)
        where T : struct, IParsable<T> =>
        properties.TryGetValue(key, out string? text) && T.TryParse(text, CultureInfo.InvariantCulture, out T number) ? number : null;
}
