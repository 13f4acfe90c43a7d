using System.Globalization;
using System.Text.Json.Serialization;

namespace MnistAdder.Training.Recipes;

/// <summary>Everything that decides what a run computes and finds. Two runs with equal settings on the CPU end with the same weights.</summary>
/// <param name="Recipe">Name of the recipe.</param>
/// <param name="Dataset">Name of the dataset.</param>
/// <param name="TrainingImages">Images trained on.</param>
/// <param name="JudgedOn">Name of the images that every epoch is judged on; <c>training</c> where there are no others.</param>
/// <param name="JudgedImages">How many those are.</param>
/// <param name="Method">What the recipe fixes.</param>
/// <param name="HyperParameters">The numbers that steer training.</param>
/// <param name="Seed">Seed of every generator.</param>
/// <param name="Device"><c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Threads">Threads of libtorch: sums are split among them, so their number shows in the last bits.</param>
/// <param name="HalvedBatchSize">
/// Images per gradient step since the batch size asked for didn't fit into the device's memory; null where it did. What was asked for
/// stays in the hyperparameters, so that the same command goes on with the run.
/// </param>
public sealed record RunSettings(
    string Recipe,
    string Dataset,
    int TrainingImages,
    string JudgedOn,
    int JudgedImages,
    TrainingMethod Method,
    HyperParameters HyperParameters,
    long Seed,
    string Device,
    int Threads,
    int? HalvedBatchSize = null)
{
    /// <summary>Images per gradient step, at least 2.</summary>
    [JsonIgnore]
    public int StepBatchSize => HalvedBatchSize ?? HyperParameters.BatchSize;

    /// <summary>What keeps a run of other settings from being gone on with, in the order of importance.</summary>
    /// <param name="other">The settings that are wanted now.</param>
    /// <param name="ofAnyLength">Whether another number of epochs is no obstacle.</param>
    /// <returns>For instance <c>recipe seed, not quick</c>.</returns>
    public IEnumerable<string> DifferencesTo(RunSettings other, bool ofAnyLength)
    {
        ArgumentNullException.ThrowIfNull(other);
        (string Name, object Mine, object Theirs)[] pairs =
        [
            ("recipe", Recipe, other.Recipe),
            ("dataset", Dataset, other.Dataset),
            ("training images", TrainingImages, other.TrainingImages),
            ("images to judge on:", JudgedOn, other.JudgedOn),
            ("images to judge on:", JudgedImages, other.JudgedImages),
            ("batch size", HyperParameters.BatchSize, other.HyperParameters.BatchSize),
            ("learning rate", HyperParameters.LearningRate, other.HyperParameters.LearningRate),
            ("momentum", HyperParameters.Momentum, other.HyperParameters.Momentum),
            ("seed", Seed, other.Seed),
            ("device", Device, other.Device),
            ("threads", Threads, other.Threads),
        ];
        if (Recipe == other.Recipe)
            pairs = [.. pairs, ("method", Method, other.Method)];
        if (!ofAnyLength)
            pairs = [.. pairs, ("epochs", HyperParameters.Epochs, other.HyperParameters.Epochs)];
        return pairs.Where(pair => !pair.Mine.Equals(pair.Theirs))
            .Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Name} {pair.Mine}, not {pair.Theirs}"));
    }
}
