using System.Text.Json.Serialization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Recipes;

/// <summary>What a recipe fixes about training, beside the numbers that options can change.</summary>
/// <param name="Optimizer">What turns gradients into steps.</param>
/// <param name="WarmUp">Share of the steps in which the learning rate rises, 0…1 exclusive, before it falls; null for a constant rate.</param>
/// <param name="LastShare">Share of the greatest learning rate that is left at the end, 0…1.</param>
/// <param name="Augmentation">How each training image is changed each time that it is seen; null to leave it as it is.</param>
/// <param name="Variants">
/// Times that each image is changed for a batch, at least 1; the network learns from the variant that it reads worst (C. Gong,
/// T. Ren, M. Ye, Q. Liu, "MaxUp: A Simple Way to Improve Generalization of Neural Network Training", arXiv:2002.09024).
/// </param>
/// <param name="AverageExponent">
/// The model is made of an average of the weights, in which each step counts with this power of its number, at least 0; null to take
/// the last weights.
/// </param>
/// <param name="UnchangedStatistics">
/// Whether the model's batch normalisation uses statistics of training images as they are, instead of those that were gathered from
/// changed images (Y. Li et al., "Revisiting Batch Normalization For Practical Domain Adaptation", arXiv:1603.04779).
/// </param>
/// <param name="LabelSmoothing">
/// Share of each target that is spread evenly over all classes, 0…1 exclusive, so that no answer is worth being certain of
/// (C. Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016, section 7).
/// </param>
/// <param name="WeightDecay">Share of the weights that AdamW takes away in each step, relative to the learning rate.</param>
/// <param name="SquaresDecay">Decay of AdamW's mean of squared gradients (β₂), 0…1 exclusive.</param>
/// <param name="Parts">
/// Parts that each batch is split into on the CPU, at least 1: they are computed at the same time, and each is normalised with
/// statistics of its own (ghost batch normalisation: E. Hoffer, I. Hubara, D. Soudry, "Train longer, generalize better",
/// arXiv:1705.08741). A batch that is too small for that stays whole.
/// </param>
public sealed record TrainingMethod(
    OptimizerKind Optimizer,
    double? WarmUp = null,
    double LastShare = 0,
    Augmentation? Augmentation = null,
    int Variants = 1,
    double? AverageExponent = null,
    bool UnchangedStatistics = false,
    double LabelSmoothing = 0,
    double WeightDecay = 0,
    double SquaresDecay = 0,
    int Parts = 1)
{
    // Not public: a checkpoint's method is shown as a record before it is refused, and what it says may be no schedule.
    internal LearningRateSchedule Schedule => WarmUp is { } warmUp ? LearningRateSchedule.OneCycle(warmUp, LastShare) : LearningRateSchedule.Constant;

    /// <summary>Makes the optimizer of a network's parameters.</summary>
    internal OptimizerHelper CreateOptimizer(IEnumerable<Parameter> parameters, HyperParameters numbers) => Optimizer switch
    {
        OptimizerKind.Sgd => optim.SGD(parameters, numbers.LearningRate, numbers.Momentum),
        OptimizerKind.AdamW => optim.AdamW(parameters, numbers.LearningRate, beta1: numbers.Momentum, beta2: SquaresDecay, weight_decay: WeightDecay),
        _ => throw new InvalidOperationException($"There is no optimizer {Optimizer}."),
    };
}

/// <summary>What turns gradients into steps.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OptimizerKind>))]
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent with momentum.</summary>
    Sgd,

    /// <summary>I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", arXiv:1711.05101.</summary>
    AdamW,
}
