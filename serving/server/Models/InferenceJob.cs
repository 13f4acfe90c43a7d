using System.Diagnostics;
using MnistAdder.Server.Protocol;

namespace MnistAdder.Server.Models;

/// <summary>A request on its way through a model's queue.</summary>
/// <param name="inputs">The model's inputs in its own order.</param>
/// <param name="outputs">Places of the outputs that are wanted, among the model's.</param>
/// <param name="rows">Rows that may be run with others, at least 1; 0 where the request is one run by itself.</param>
internal sealed class InferenceJob(Tensor[] inputs, int[] outputs, int rows)
{
    private readonly TaskCompletionSource<Tensor[]> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(int Start, Tensor[] Outputs)> _parts = [];
    private int _rowsDone;

    /// <summary>The model's inputs in its own order.</summary>
    public Tensor[] Inputs { get; } = inputs;

    /// <summary>Places of the outputs that are wanted, among the model's.</summary>
    public int[] Outputs { get; } = outputs;

    /// <summary>Rows that may be run with others, at least 1; 0 where the request is one run by itself.</summary>
    public int Rows { get; } = rows;

    /// <summary>When it came.</summary>
    public long Came { get; } = Stopwatch.GetTimestamp();

    /// <summary>The rows that runs have begun with; guarded by the queue.</summary>
    public int RowsTaken { get; set; }

    /// <summary>Whether nothing more is to be done for it.</summary>
    public bool IsEnded => _answer.Task.IsCompleted;

    /// <summary>The outputs that are wanted.</summary>
    public Task<Tensor[]> Answer => _answer.Task;

    /// <summary>Whether rows of both may stand in one tensor.</summary>
    public bool IsCompatible(InferenceJob other)
    {
        for (int i = 0; i < Inputs.Length; i++)
        {
            if (!Inputs[i].Shape.AsSpan(1).SequenceEqual(other.Inputs[i].Shape.AsSpan(1)))
                return false;
        }

        return true;
    }

    /// <summary>Takes the answer of a run by itself.</summary>
    public void Complete(Tensor[] outputs) => _answer.TrySetResult(outputs);

    /// <summary>Takes the answer for some of the rows.</summary>
    /// <param name="start">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="outputs">The wanted outputs of these rows.</param>
    public void Complete(int start, int count, Tensor[] outputs)
    {
        if (count == Rows)
        {
            Complete(outputs);
            return;
        }

        lock (_parts)
        {
            _parts.Add((start, outputs));
            _rowsDone += count;
            if (_rowsDone < Rows)
                return;
        }

        _parts.Sort((first, second) => first.Start.CompareTo(second.Start));
        Complete([.. Outputs.Select((_, output) => Join([.. _parts.Select(part => part.Outputs[output])]))]);
    }

    /// <summary>Gives it up.</summary>
    public void Fail(Exception error) => _answer.TrySetException(error);

    /// <summary>Gives it up because its client is gone.</summary>
    public void Cancel() => _answer.TrySetCanceled();

    private Tensor Join(Tensor[] parts)
    {
        byte[] data = new byte[parts.Sum(part => (long)part.Data.Length)];
        int at = 0;
        foreach (Tensor part in parts)
        {
            part.Data.Span.CopyTo(data.AsSpan(at));
            at += part.Data.Length;
        }

        return parts[0] with { Shape = [Rows, .. parts[0].Shape[1..]], Data = data };
    }
}
