using MnistAdder.Training.Data;
using static TorchSharp.torch;

namespace MnistAdder.Training.Fit;

/// <summary>A network's outputs for a batch, and how good they are, without a gradient.</summary>
/// <param name="Batch">What it was asked; it isn't disposed with the rest.</param>
/// <param name="DigitLoss">Mean cross-entropy of the digit, in nats, float [].</param>
/// <param name="SumLoss">Mean cross-entropy of the sum, in nats, float [].</param>
/// <param name="DigitScores">Float [N, 10].</param>
/// <param name="SumScores">Float [N, 19].</param>
internal sealed record BatchScores(SumBatch Batch, Tensor DigitLoss, Tensor SumLoss, Tensor DigitScores, Tensor SumScores) : IDisposable
{
    private Tensor[] Tensors => [DigitLoss, SumLoss, DigitScores, SumScores];

    /// <summary>Takes the tensors out of their dispose scope.</summary>
    public BatchScores Detached()
    {
        foreach (Tensor tensor in Tensors)
            tensor.DetachFromDisposeScope();
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in Tensors)
            tensor.Dispose();
    }
}
