using MnistAdder.Training.Network;

namespace MnistAdder.Training.Fit;

/// <summary>A network and the settings that train it well.</summary>
/// <param name="Name">The word for <c>--recipe</c>.</param>
/// <param name="Summary">One line for people.</param>
/// <param name="Defaults">What applies where nothing else is asked for.</param>
/// <param name="CreateNetwork">Makes the network with fresh weights from torch's generator.</param>
public sealed record Recipe(string Name, string Summary, HyperParameters Defaults, Func<DigitSumNetwork> CreateNetwork)
{
    private const double SeedDropout = 0.01;

    /// <summary>The followed work's network and training, exactly: all training images, nothing selected, the last epoch kept.</summary>
    public static Recipe Seed { get; } = new(
        "seed",
        "the followed work's network: SGD with momentum, dropout 0.01, constant learning rate",
        new HyperParameters(Epochs: 25, BatchSize: 128, LearningRate: 0.01, Momentum: 0.9),
        () => SeedNetwork.Create(SeedDropout));

    /// <summary>Every recipe; the first is the default.</summary>
    public static IReadOnlyList<Recipe> All { get; } = [Seed];

    /// <summary>Finds a recipe by its name.</summary>
    /// <param name="name">Case matters.</param>
    /// <exception cref="TrainingException">There is none of that name.</exception>
    public static Recipe Named(string name) =>
        All.FirstOrDefault(recipe => recipe.Name == name)
        ?? throw new TrainingException($"There is no recipe '{name}'; there is {string.Join(", ", All.Select(recipe => recipe.Name))}.");
}

/// <summary>The numbers that steer training.</summary>
/// <param name="Epochs">Times that every image is seen, at least 1.</param>
/// <param name="BatchSize">Images per gradient step, at least 2 (batch normalisation needs two).</param>
/// <param name="LearningRate">Step size of SGD, above 0.</param>
/// <param name="Momentum">Share of the last step kept, 0…1 exclusive.</param>
public sealed record HyperParameters(int Epochs, int BatchSize, double LearningRate, double Momentum);
