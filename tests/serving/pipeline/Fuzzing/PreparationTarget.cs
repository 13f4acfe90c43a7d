using System.Text;
using MnistAdder.Fuzzing;
using MnistAdder.OnnxBatching;
using MnistAdder.Serving.DigitSums;

namespace MnistAdder.Serving.Tests.Fuzzing;

/// <summary>The entry of a <c>model.zip</c> that brings digit-sum transforms back.</summary>
internal sealed class PreparationTarget() : FuzzTarget("preparation", new FuzzLimits(ManagedBytes: 8 << 20))
{
    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        Text(("TransformerChain", new DigitSumOptions())),
        Text(("a/Transform_000", new DigitSumOptions { ImageFolder = "x", Columns = new DigitSumColumns { Digit = "d" } }), ("a/Transform_001", new DigitSumOptions())),
    ];

    /// <inheritdoc/>
    public override bool Parse(byte[] input)
    {
        var entry = PreparationEntry.Parse(Encoding.UTF8.GetString(input), "file");
        foreach (PreparationEntry.Transform transform in entry.Transforms)
        {
            DigitSumOptions options = transform.ToOptions(InferenceOptions.Default);
            FuzzException.Require(Enum.IsDefined(options.Preparation), "The preparation is none.");
            string?[] names = [transform.Folder, options.ImageColumn, options.NumberColumn, options.Columns?.Digit, options.Columns?.Sum, options.Columns?.DigitProbabilities, options.Columns?.SumProbabilities, options.Columns?.Error, options.Columns?.Warning];
            FuzzException.Require(!names.Contains(null), "A name is missing.");
        }

        FuzzException.Require(entry.Transforms.ToDictionary(transform => transform.Folder).Count == entry.Transforms.Count, "A transform is described twice.");
        return true;
    }

    /// <inheritdoc/>
    public override byte[]? EditFormat(byte[] input, Mutator mutator) => Encoding.UTF8.GetBytes(JsonEdits.Edit(Encoding.UTF8.GetString(input), mutator));

    private static byte[] Text(params (string Folder, DigitSumOptions Options)[] transforms) => Encoding.UTF8.GetBytes(PreparationEntry.Of(transforms).ToText());
}
