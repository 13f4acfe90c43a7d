using System.Text;
using MnistAdder.Fuzzing;
using MnistAdder.Server.DigitSums;

namespace MnistAdder.Server.Tests.Fuzzing;

/// <summary>Pictures and numbers in JSON.</summary>
internal sealed class QuestionTarget() : FuzzTarget("questions", new FuzzLimits(ManagedBytes: 4 << 20))
{
    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        Encoding.UTF8.GetBytes("""{"image":"iVBORw0KGgo=","number":5,"id":{"a":[1,null]}}"""),
        Encoding.UTF8.GetBytes("""{"number":0,"image":"data:image/png;base64,iVBORw0KGgo="}"""),
        Encoding.UTF8.GetBytes($$"""{"pixels":[{{string.Join(",", Enumerable.Range(0, MnistGeometry.PixelCount).Select(i => i % 256))}}],"number":9}"""),
    ];

    /// <inheritdoc/>
    public override bool Parse(byte[] input)
    {
        bool isTaken = DigitSumQuestion.TryParse(input, out DigitSumQuestion? question, out string? error);
        FuzzException.Require(isTaken == question is not null && isTaken == error is null, "It is neither taken nor refused.");
        return isTaken;
    }

    /// <inheritdoc/>
    public override byte[]? EditFormat(byte[] input, Mutator mutator) => Encoding.UTF8.GetBytes(JsonEdits.Edit(Encoding.UTF8.GetString(input), mutator));
}
