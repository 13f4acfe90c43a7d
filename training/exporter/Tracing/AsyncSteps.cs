using System.Reflection;
using System.Runtime.CompilerServices;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>Runs async methods to their end where they are called, and waits where they would go on later: what they do is the same, and in one order.</summary>
internal static class AsyncSteps
{
    private static readonly MethodInfo s_move = typeof(IAsyncStateMachine).GetMethod(nameof(IAsyncStateMachine.MoveNext))!;

    /// <summary>Whether a method is one by which the compiler's code of an async method of one's own begins or goes on.</summary>
    public static bool Are(MethodBase callee) =>
        callee is MethodInfo { IsGenericMethod: true, IsStatic: false, Name: "Start" or "MoveNext" or "AwaitOnCompleted" or "AwaitUnsafeOnCompleted" }
        && callee.DeclaringType!.Namespace == typeof(IAsyncStateMachine).Namespace
        && callee.GetGenericArguments()[^1] is var machine && typeof(IAsyncStateMachine).IsAssignableFrom(machine) && CodeFacts.UsesTorch(machine);

    /// <summary>Makes such a call.</summary>
    /// <param name="arguments">The method's builder, what it awaits if it does, and its state, which are changed in place.</param>
    /// <param name="call">Calls a method of the state, which is followed.</param>
    public static void Run(object?[] arguments, Action<MethodInfo, object?[]> call)
    {
        if (arguments is [_, INotifyCompletion awaited, _])
        {
            using var done = new ManualResetEventSlim();
            awaited.OnCompleted(done.Set);
            done.Wait();
            return; // to the loop below, when the state has been left
        }

        object?[] state = [arguments[1]];
        Type type = state[0]!.GetType();
        MethodInfo move = CodeFacts.Implementation(s_move, type);
        FieldInfo number = type.GetField("<>1__state")!;
        do
            call(move, state);
        while ((int)number.GetValue(state[0])! >= 0); // where it awaits
        arguments[0] = type.GetField("<>t__builder")!.GetValue(state[0]); // which is part of the state
        arguments[1] = state[0];
    }
}
