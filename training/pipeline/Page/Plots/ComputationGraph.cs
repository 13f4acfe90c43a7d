using MnistAdder.Training.Network;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.Training.Page.Plots;

/// <summary>The computation graph of a training step: inputs, parameters and operations up to the total loss.</summary>
/// <remarks>The image branch runs down the left, the adder down the right; an operation's parameters stand at its outer side.</remarks>
internal sealed class ComputationGraph
{
    private readonly List<GraphNode> _nodes = [];

    private ComputationGraph()
    {
    }

    /// <summary>Every node, after the nodes that it takes its inputs from.</summary>
    public IReadOnlyList<GraphNode> Nodes => _nodes;

    /// <summary>Reads a network's graph.</summary>
    /// <param name="network">The network.</param>
    public static ComputationGraph Of(DigitSumNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var graph = new ComputationGraph();
        GraphNode digitScores = graph.AddImageBranch(network);
        GraphNode logSoftmax = graph.AddBelow("log_softmax", GraphNodeKind.Operation, digitScores);
        GraphNode label = graph.Add("label [N]", GraphNodeKind.Input, GraphColumn.DigitParameters, logSoftmax.Row + 1);
        GraphNode digitLoss = graph.AddBelow("nll_loss", GraphNodeKind.Operation, logSoftmax, label);

        GraphNode both = graph.AddConcat(network.AdderInput, digitScores);
        GraphNode sumScores = graph.AddChain("adder", network.Adder, both, GraphColumn.AdderParameters);
        GraphNode sum = graph.Add("label + number [N]", GraphNodeKind.Input, GraphColumn.AdderParameters, sumScores.Row + 1);
        GraphNode sumLoss = graph.AddBelow("cross_entropy", GraphNodeKind.Operation, sumScores, sum);

        graph.Add("total loss", GraphNodeKind.Loss, GraphColumn.Adder, Math.Max(digitLoss.Row, sumLoss.Row) + 1, digitLoss, sumLoss);
        return graph;
    }

    // Columns stand one below the other, and below them their mean.
    private GraphNode AddImageBranch(DigitSumNetwork network)
    {
        var ends = new List<GraphNode>();
        for (int column = 0; column < network.Columns.Count; column++)
        {
            GraphNode image = Add("image [N, 1, 28, 28]", GraphNodeKind.Input, GraphColumn.Digit, ends.Count == 0 ? 0 : ends[^1].Row + 1);
            ends.Add(AddChain(network.ColumnName(column), network.Columns[column], image, GraphColumn.DigitParameters));
        }

        return ends.Count == 1 ? ends[0] : AddBelow("mean [N, 10]", GraphNodeKind.Operation, ends[^1], [.. ends[..^1]]);
    }

    // What is done to the scores takes the number's place at the top of the adder's column, and the number stands at the side.
    private GraphNode AddConcat(nn.Module? adderInput, GraphNode digitScores)
    {
        const string concat = "concat [N, 20]", number = "number, one-hot [N, 10]";
        if (adderInput is null)
            return AddBelow(concat, GraphNodeKind.Operation, Add(number, GraphNodeKind.Input, GraphColumn.Adder, 0), digitScores);
        GraphNode digit = Add($"{adderInput.GetType().Name} adder_input", GraphNodeKind.Operation, GraphColumn.Adder, 0, digitScores);
        return AddBelow(concat, GraphNodeKind.Operation, digit, Add(number, GraphNodeKind.Input, GraphColumn.AdderParameters, 1));
    }

    private GraphNode Add(string text, GraphNodeKind kind, GraphColumn column, int row, params GraphNode[] inputs)
    {
        var node = new GraphNode(text, kind, column, row, inputs);
        _nodes.Add(node);
        return node;
    }

    private GraphNode AddBelow(string text, GraphNodeKind kind, GraphNode above, params GraphNode[] others) =>
        Add(text, kind, above.Column, above.Row + 1, [above, .. others]);

    private GraphNode AddChain(string branch, Sequential layers, GraphNode input, GraphColumn parametersColumn)
    {
        GraphNode last = input;
        foreach ((string name, nn.Module module) in layers.named_children())
        {
            string[] parameters = [.. module.named_parameters().Select(one => $"{one.name} [{string.Join(", ", one.parameter.shape)}]")];
            GraphNode[] beside = parameters.Length == 0 ? [] : [Add(string.Join(", ", parameters), GraphNodeKind.Parameter, parametersColumn, last.Row + 1)];
            last = AddBelow($"{module.GetType().Name} {branch}.{name}", GraphNodeKind.Operation, last, beside);
        }

        return last;
    }
}

/// <summary>A node of a <see cref="ComputationGraph"/>.</summary>
/// <param name="Text">What it is.</param>
/// <param name="Kind">What sort of thing.</param>
/// <param name="Column">Where it is drawn.</param>
/// <param name="Row">The row it is drawn in, 0 at the top.</param>
/// <param name="Inputs">The nodes whose values it takes.</param>
internal sealed record GraphNode(string Text, GraphNodeKind Kind, GraphColumn Column, int Row, IReadOnlyList<GraphNode> Inputs);

/// <summary>What a node stands for.</summary>
internal enum GraphNodeKind
{
    /// <summary>Data of the batch.</summary>
    Input,

    /// <summary>Trainable parameters.</summary>
    Parameter,

    /// <summary>An operation.</summary>
    Operation,

    /// <summary>The total loss, where back-propagation starts.</summary>
    Loss,
}

/// <summary>The columns that the graph is drawn in, from left to right.</summary>
internal enum GraphColumn
{
    /// <summary>Parameters of the image branch.</summary>
    DigitParameters,

    /// <summary>The image branch.</summary>
    Digit,

    /// <summary>The adder.</summary>
    Adder,

    /// <summary>Parameters of the adder.</summary>
    AdderParameters,
}
