using MnistAdder.Training.Base;
using MnistAdder.Training.Network;

namespace MnistAdder.Training.Recipes;

/// <summary>A network and the settings that train it well.</summary>
/// <param name="Name">The word for <c>--recipe</c>.</param>
/// <param name="Summary">One line for people.</param>
/// <param name="Defaults">What applies where nothing else is asked for.</param>
/// <param name="Method">What no option changes.</param>
/// <param name="CreateNetwork">Makes the network with fresh weights from torch's generator.</param>
public sealed record Recipe(string Name, string Summary, HyperParameters Defaults, TrainingMethod Method, Func<DigitSumNetwork> CreateNetwork)
{
    private const double SeedDropout = 0.01;

    /// <summary>The followed work's network and training, exactly: all training images, nothing selected, the last epoch kept.</summary>
    public static Recipe Seed { get; } = new(
        "seed",
        "the followed work's network: SGD with momentum, dropout 0.01, constant learning rate",
        new HyperParameters(Epochs: 25, BatchSize: 128, LearningRate: 0.01, Momentum: 0.9),
        new TrainingMethod(OptimizerKind.Sgd),
        () => SeedNetwork.Create(SeedDropout));

    /// <summary>A good model in about a minute on two cores.</summary>
    public static Recipe Quick { get; } = new(
        "quick",
        "a compact network in a minute",
        new HyperParameters(Epochs: 12, BatchSize: 256, LearningRate: 0.01, Momentum: 0.9),
        new TrainingMethod(
            OptimizerKind.AdamW,
            WarmUp: 0.1,
            Augmentation: new Augmentation(Rotation: 12, Scale: 0.1, Shear: 0.15, Shift: 0.7, Elastic: 0.5),
            AverageExponent: 8,
            WeightDecay: 0.01,
            SquaresDecay: 0.99,
            Parts: 2),
        CompactNetwork.CreateLean);

    /// <summary>The most accurate model.</summary>
    public static Recipe Best { get; } = new(
        "best",
        "a compact network at its most accurate",
        new HyperParameters(Epochs: 48, BatchSize: 256, LearningRate: 0.01, Momentum: 0.9),
        new TrainingMethod(
            OptimizerKind.AdamW,
            WarmUp: 0.25,
            LastShare: 0.2,
            Augmentation: new Augmentation(Rotation: 15, Scale: 0.15, Shear: 0.15, Shift: 2, Elastic: 0),
            Variants: 3,
            AverageExponent: 8,
            UnchangedStatistics: true,
            LabelSmoothing: 0.05,
            WeightDecay: 0.01,
            SquaresDecay: 0.99,
            Parts: 2),
        CompactNetwork.CreateBest);

    /// <summary>The cheapest model.</summary>
    public static Recipe Fast { get; } = Best with
    {
        Name = "fast",
        Summary = "a network of a seventh of the cost",
        Defaults = Best.Defaults with { Epochs = 40 },
        CreateNetwork = CompactNetwork.CreateFast,
    };

    /// <summary>A cheap model that is nearly as accurate as the best.</summary>
    public static Recipe Lean { get; } = Best with
    {
        Name = "lean",
        Summary = "a network of a quarter of the cost",
        CreateNetwork = CompactNetwork.CreateLean,
    };

    /// <summary>Every recipe; the first is the default.</summary>
    public static IReadOnlyList<Recipe> All { get; } = [Quick, Best, Lean, Fast, Seed];

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
/// <param name="LearningRate">Greatest step size of the recipe's schedule, above 0.</param>
/// <param name="Momentum">SGD: share of the last step kept; AdamW: decay of the mean gradient (β₁); 0…1 exclusive.</param>
public sealed record HyperParameters(int Epochs, int BatchSize, double LearningRate, double Momentum);
