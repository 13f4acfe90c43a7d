using System.Globalization;
using MnistAdder.Training.Base;
using MnistAdder.Training.Devices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Network;

/// <summary>
/// The dual-head network: an image branch that scores the ten digits, and an adder that scores the nineteen sums from those
/// scores and the number to add. The image branch is one network, or the mean of several columns that know nothing of each other.
/// </summary>
/// <remarks>
/// Inputs: normalised images float [N, 1, 28, 28] and one-hot numbers float [N, 10]. Outputs: digit scores (logits) float
/// [N, 10] and sum scores float [N, 19].
/// </remarks>
public sealed class DigitSumNetwork : nn.Module<Tensor, Tensor, (Tensor Digit, Tensor Sum)>
{
    private readonly SeededRandom _masks;

    /// <summary>Joins the two branches.</summary>
    /// <param name="columns">The image branch, at least one network [N, 1, 28, 28] → [N, 10]; their mean scores count.</param>
    /// <param name="adder">[N, 20] → [N, 19].</param>
    /// <param name="masks">The source of both branches' dropout masks.</param>
    /// <param name="adderInput">What is done to the digit scores before the adder sees them, [N, 10] → [N, 10]; null for nothing.</param>
    internal DigitSumNetwork(IReadOnlyList<Sequential> columns, Sequential adder, SeededRandom masks, nn.Module<Tensor, Tensor>? adderInput = null)
        : base(nameof(DigitSumNetwork))
    {
        _ = HiddenCaches.Reveal(); // before anything computes with it: training, export, import, the table of layers
        Columns = columns;
        Adder = adder;
        _masks = masks;
        AdderInput = adderInput;
        for (int column = 0; column < columns.Count; column++)
            register_module(ColumnName(column), columns[column]);
        if (adderInput is not null)
            register_module("adder_input", adderInput);
        register_module("adder", adder);
    }

    /// <summary>
    /// The columns of the image branch, each [N, 1, 28, 28] → [N, 10]; <c>digit</c> in the state dict, or <c>digit1</c>, <c>digit2</c> and so on.
    /// </summary>
    public IReadOnlyList<Sequential> Columns { get; }

    /// <summary>The adder, [N, 20] → [N, 19]; <c>adder</c> in the state dict.</summary>
    public Sequential Adder { get; }

    /// <summary>What is done to the digit scores before the adder sees them, [N, 10] → [N, 10]; null for nothing.</summary>
    public nn.Module<Tensor, Tensor>? AdderInput { get; }

    /// <inheritdoc/>
    public override (Tensor Digit, Tensor Sum) forward(Tensor image, Tensor number)
    {
        Tensor digitScores = Read(image);                     // [N, 10]
        return (digitScores, AddTo(digitScores, number));     // [N, 19]
    }

    /// <summary>Scores the digits.</summary>
    /// <param name="image">[N, 1, 28, 28].</param>
    /// <returns>[N, 10].</returns>
    public Tensor Read(Tensor image)
    {
        Tensor[] scores = [.. Columns.Select(column => column.call(image))];
        return scores.Length == 1 ? scores[0] : scores.Aggregate((sum, next) => sum.add(next)).div(scores.Length);
    }

    /// <summary>Scores the digits as each column by itself does.</summary>
    /// <param name="images">An image for all columns or one for each, [N, 1 or columns, 28, 28].</param>
    /// <returns>[N, columns, 10].</returns>
    internal Tensor ReadEach(Tensor images) => stack(
        [.. Columns.Select((column, index) => column.call(images.shape[1] == 1 ? images : images.narrow(1, index, 1)))], 1);

    /// <summary>A column's name in the state dict.</summary>
    internal string ColumnName(int column) => Columns.Count == 1 ? "digit" : string.Create(CultureInfo.InvariantCulture, $"digit{column + 1}");

    /// <summary>Scores the sums for digit scores that are known already.</summary>
    /// <param name="digitScores">[N, 10].</param>
    /// <param name="number">One-hot numbers, [N, 10].</param>
    /// <returns>[N, 19].</returns>
    public Tensor AddTo(Tensor digitScores, Tensor number)
    {
        using Tensor digit = AdderInput is null ? digitScores.alias() : AdderInput.call(digitScores);
        using Tensor both = cat([digit, number], 1);    // [N, 20]
        return Adder.call(both);
    }

    /// <summary>Starts every random source of the network anew for an epoch, so that a resumed run draws what an unbroken one does.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">1 and up.</param>
    public void SeedEpoch(long seed, int epoch)
    {
        _masks.Reseed(seed, RandomStreams.Dropout, epoch);
        TorchSeed.Set(seed, epoch);
    }

    /// <summary>Starts the dropout masks anew for an epoch, for a copy of the network that sees a part of each batch.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">1 and up.</param>
    /// <param name="part">1 and up, so that each part has masks of its own.</param>
    internal void SeedMasks(long seed, int epoch, int part) => _masks.Reseed(seed, RandomStreams.Dropout, epoch, part);

    /// <summary>Number of trainable parameters.</summary>
    public int ParameterCount => (int)parameters().Sum(parameter => parameter.numel());
}
